"""The pages of a rendered project, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from .projects import manage, serve
from .servers.fixtures import require
from .servers.programs import browser as find_browser

ROUTERS = ("simple", "tenant", "replica")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # a browser that runs as root has none
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1100,900",
)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    require("Chromium")
    program, driver = find_browser()
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'browser'}"):
        options.add_argument(flag)
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


def until_there(browser: webdriver.Chrome, selector: str) -> None:
    """A click may come back before the page that it leads to is there."""
    WebDriverWait(browser, 30).until(
        lambda page: page.find_elements(By.CSS_SELECTOR, selector), f"{selector} did not appear"
    )


def cells(browser: webdriver.Chrome, table: str) -> list[list[str]]:
    rows = browser.find_elements(By.CSS_SELECTOR, f"#{table} tbody tr")
    return [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in rows]


@pytest.mark.parametrize("router", ROUTERS)
def test_start_page(bootstrapped, browser, router):
    with serve(bootstrapped(router=router)) as port:
        browser.get(f"http://localhost:{port}/")
        assert browser.title == "My Project"
        assert [row[0] for row in cells(browser, "databases")] == [
            alias + suffix
            for alias in ("default", "accounts", "ACME", "GLOBEX")
            for suffix in ("", "_RO")
        ]
        assert {row[4] for row in cells(browser, "databases")} == {"yes"}
        assert not browser.find_elements(By.ID, "conferences")

        browser.find_element(By.LINK_TEXT, "acme").click()
        until_there(browser, "#tenant")
        assert browser.current_url == f"http://acme.localhost:{port}/"
        assert browser.find_element(By.ID, "tenant").text == "acme"
        assert len(cells(browser, "conferences")) >= 1
        seen = {row[0] for row in cells(browser, "databases")}
        assert {"ACME", "default"} <= seen
        assert not {"GLOBEX", "GLOBEX_RO"} & seen

        browser.get(f"http://nobody.localhost:{port}/")
        assert "not found" in browser.title


@pytest.mark.parametrize("router", ROUTERS)
def test_admin(bootstrapped, browser, router):
    project = bootstrapped(router=router)
    env = {"DJANGO_SUPERUSER_PASSWORD": "for a test"}
    command = ("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com")
    manage(project, *command, env=env)
    with serve(project) as port:

        def log_in(host: str) -> None:
            browser.get(f"http://{host}:{port}/admin/")
            browser.find_element(By.NAME, "username").send_keys("ada")
            browser.find_element(By.NAME, "password").send_keys("for a test")
            browser.find_element(By.CSS_SELECTOR, "[type=submit]").click()
            until_there(browser, "#user-tools")

        def links() -> set[str]:
            found = browser.find_elements(By.CSS_SELECTOR, "#content-main .model-link, th a")
            return {link.text for link in found}

        log_in("localhost")
        assert "Accounts" in links()
        assert "Conferences" not in links()
        browser.get(f"http://localhost:{port}/admin/accounts/account/")
        assert len(browser.find_elements(By.CSS_SELECTOR, "#result_list tbody tr")) >= 1

        log_in("acme.localhost")
        assert "Conferences" in links()
        browser.get(f"http://acme.localhost:{port}/admin/conferences/conference/")
        assert len(browser.find_elements(By.CSS_SELECTOR, "#result_list tbody tr")) >= 1
        browser.find_element(By.CSS_SELECTOR, "#result_list tbody th a").click()
        until_there(browser, "#content h2")
        can_save = bool(browser.find_elements(By.NAME, "_save"))
        assert can_save == (router == "tenant")  # elsewhere the router can't tell which tenant
        if can_save:
            browser.find_element(By.NAME, "_save").click()
            until_there(browser, ".messagelist .success")
