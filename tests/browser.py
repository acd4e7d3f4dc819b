"""A headless Chromium, and what tests do with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from .servers.fixtures import require
from .servers.programs import browser as find_browser

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


@contextmanager
def chromium(folder: Path, *flags: str) -> Iterator[webdriver.Chrome]:
    """A browser that keeps what it keeps in this folder, and notes what its console says."""
    program, driver = find_browser()
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={folder}", *flags):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    require("Chromium")
    with chromium(tmp_path / "browser") as found:
        yield found


def until_there(browser: webdriver.Chrome, selector: str) -> None:
    """A click may come back before the page that it leads to is there."""
    WebDriverWait(browser, 30).until(
        lambda page: page.find_elements(By.CSS_SELECTOR, selector), f"{selector} did not appear"
    )


def log_in(browser: webdriver.Chrome, address: str, name: str, password: str) -> None:
    """To the admin of this address."""
    browser.get(f"{address}/admin/")
    browser.find_element(By.NAME, "username").send_keys(name)
    browser.find_element(By.NAME, "password").send_keys(password)
    browser.find_element(By.CSS_SELECTOR, "[type=submit]").click()
    until_there(browser, "#user-tools")


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the console has said since it was asked last, but for icons: Django's admin has none."""
    said = (entry["message"] for entry in browser.get_log("browser"))
    return [message for message in said if "favicon.ico" not in message]


def cells(browser: webdriver.Chrome, table: str) -> list[list[str]]:
    rows = browser.find_elements(By.CSS_SELECTOR, f"#{table} tbody tr")
    return [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in rows]
