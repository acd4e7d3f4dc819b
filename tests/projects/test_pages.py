"""The pages of a rendered project, in a real browser."""

import re
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ..browser import cells, complaints, log_in, until_there
from ..commands import manage, serve
from ..rendering import ROOT
from ..screenshots import take
from ..servers.fixtures import require

ROUTERS = ("simple", "tenant", "replica")


@pytest.mark.parametrize("router", ROUTERS)
def test_start_page(bootstrapped, browser, router):
    project = bootstrapped(router=router)
    with serve(project) as port:
        browser.get(f"http://localhost:{port}/")
        assert browser.title == "My Project"
        assert [row[0] for row in cells(browser, "databases")] == [
            alias + suffix
            for alias in ("default", "accounts", "ACME", "GLOBEX")
            for suffix in ("", "_RO")
        ]
        assert {row[2] for row in cells(browser, "databases")} == {"ready"}
        assert not browser.find_elements(By.ID, "conferences")

        is_usable_by_keyboard_and_in_the_dark(browser)
        browser.find_element(By.LINK_TEXT, "the tutorial").click()
        until_there(browser, "main pre code")
        browser.find_element(By.LINK_TEXT, "All pages").click()
        until_there(browser, "main section table, main section ul")
        browser.find_element(By.LINK_TEXT, "Start").click()
        until_there(browser, "#databases")

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

        if router == "tenant":
            manage(project, "create_tenant", "initech")
            browser.get(f"http://initech.localhost:{port}/")
            assert {row[0] for row in cells(browser, "legacy-INITECH")} >= {"people", "absauth"}
            browser.get(f"http://localhost:{port}/")
            assert browser.find_element(By.ID, "tenants").text == "acme · globex · initech"

        shows_a_lost_database(project, browser, f"http://acme.localhost:{port}/")


def shows_a_lost_database(project, browser, address):
    """On the page of its own tenant, too, where the example reads from it."""
    file = project / "var/my_project_acme.sqlite3"
    file.rename(file.with_suffix(".away"))
    browser.get(address)
    state = {row[0]: row[2] for row in cells(browser, "databases")}
    assert state["ACME"] == "no such file yet: run python manage.py bootstrap"
    assert state["default"] == "ready"
    assert not browser.find_elements(By.ID, "conferences")


def is_usable_by_keyboard_and_in_the_dark(browser):
    """The first Tab leads past the header; every table has headings, and one that scrolls can be reached by keyboard;
    the dark page has a dark ground.
    """
    ActionChains(browser).send_keys(Keys.TAB).perform()
    assert browser.switch_to.active_element.get_attribute("href").endswith("#main")
    for table in browser.find_elements(By.TAG_NAME, "table"):
        headings = table.find_elements(By.CSS_SELECTOR, "thead th")
        assert headings and all(each.text for each in headings)
    for region in browser.find_elements(By.CSS_SELECTOR, "div.wide"):
        assert region.get_attribute("tabindex") == "0"
        assert (region.aria_role, bool(region.accessible_name)) == ("region", True)
    grounds = []
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        body = browser.find_element(By.TAG_NAME, "body")
        grounds.append([body.value_of_css_property(of) for of in ("background-color", "color")])
    (light, its_text), (dark, its_light_text) = [
        [sum(map(int, re.findall(r"\d+", each)[:3])) for each in ground] for ground in grounds
    ]
    assert light > its_text + 300
    assert dark < its_light_text - 300


@pytest.mark.parametrize("router", ROUTERS)
def test_admin(bootstrapped, browser, router):
    project = bootstrapped(router=router)
    env = {"DJANGO_SUPERUSER_PASSWORD": "for a test"}
    command = ("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com")
    manage(project, *command, env=env)
    with serve(project) as port:

        def links() -> set[str]:
            found = browser.find_elements(By.CSS_SELECTOR, "#content-main .model-link, th a")
            return {link.text for link in found}

        log_in(browser, f"http://localhost:{port}", "ada", "for a test")
        assert "Accounts" in links()
        assert "Conferences" not in links()
        browser.get(f"http://localhost:{port}/admin/accounts/account/")
        assert len(browser.find_elements(By.CSS_SELECTOR, "#result_list tbody tr")) >= 1

        log_in(browser, f"http://acme.localhost:{port}", "ada", "for a test")
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


def test_pages_and_the_admin_work_under_the_content_security_policy(project, python_for, browser):
    python = python_for("6.1")
    folder = project(router="tenant", django_version="6.1")
    manage(folder, "bootstrap", python=python)
    env = {"DJANGO_SUPERUSER_PASSWORD": "for a test"}
    command = ("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com")
    manage(folder, *command, env=env, python=python)
    with serve(folder, python) as port:
        address = f"http://acme.localhost:{port}"
        browser.get(f"{address}/")
        title = browser.find_element(By.TAG_NAME, "h1")
        assert title.value_of_css_property("margin-bottom") == "0px"  # the page's own <style>
        log_in(browser, address, "ada", "for a test")
        # A form with a calendar, which the admin's scripts draw.
        browser.get(f"{address}/admin/users/user/1/change/")
        browser.find_element(By.CSS_SELECTOR, ".date-icon").click()
        until_there(browser, ".calendarbox td")
        browser.get(f"{address}/admin/conferences/conference/")
        until_there(browser, "#result_list tbody tr")
        assert complaints(browser) == []

        # What is not from here is not run, and the browser says so.
        browser.execute_script(
            "const s = document.createElement('script'); s.text = 'window.stranger = 1';"
            "document.body.append(s)"
        )
        assert browser.execute_script("return window.stranger") is None
        assert "Content Security Policy" in complaints(browser)[0]


def test_screenshots(tmp_path):
    """Those in the README can be taken anew, and are as large as a page that one likes to load."""
    require("Chromium")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for made in take(tmp_path):
        shown = ROOT / "docs" / made.name
        assert f"](docs/{made.name})" in readme
        assert shown.stat().st_size < 200_000
        assert size(made) == size(shown)


def size(picture: Path) -> bytes:
    """Width and height, which stand at the beginning of a PNG."""
    start = picture.read_bytes()[:24]
    assert start.startswith(b"\x89PNG")
    return start[16:]
