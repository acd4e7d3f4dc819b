"""Legacy tables of a million rows in the admin, and its pages in a browser."""

import json

import pytest
from selenium.webdriver.common.by import By

from ..admins import PROBE, environment_of, many_rows
from ..browser import cells, complaints, log_in, until_there
from ..commands import manage, run, serve
from ..legacies import ENGINES

READ = PROBE.with_name("rows_read.py")
FEW = {"sqlite": 400_000, "mysql": 12_000, "postgresql": 12_000}  # steps; rows of a million
VIEW = {"sqlite": 400_000, "mysql": 102_000, "postgresql": 102_000}
EVENTS = [  # and how many rows the page shows
    ("events/", 100),
    ("events/?p=2", 100),
    ("events/?p=100", 100),
    ("events/?id__gt=10000", 100),
    ("events/?o=-0", 100),
    ("events/?o=2", 100),
    ("events/?o=3", 100),  # no index: not sorted
    ("events/?q=C77777", 1),
    ("events/?q=500000+kind", 0),
    ("events/?q=nowhere", 0),
    ("events/?q=99999999999999999999", 0),
    ("customers/?q=mer+77&o=-0", 19),  # as OWN wants it
    ("pairs/", 100),
    ("pairs/?p=50", 100),
    ("pairs/?o=-1", 100),
    ("pairs/?q=v7", 0),
    ("bag/?p=2", 100),
    ("bag/?q=7", 0),  # no index: not searched
    ("bag/?o=1", 100),
    ("recent/", 100),
]


OWN = """
from django.contrib import admin
from manydb.legacy.admin import LegacyAdmin, register_app
from .models import Customers


@admin.register(Customers)
class CustomersAdmin(LegacyAdmin):
    list_display = ("name", "id")
    search_fields = ("name",)


register_app("attic")
"""


@pytest.mark.parametrize(
    ("engine", "sql"), [(engine, many_rows(engine, 1_000_000)) for engine in ENGINES]
)
def test_a_million_rows_are_neither_counted_nor_read(shown_attic, engine):
    (shown_attic.folder / "attic" / "admin.py").write_text(OWN)
    addresses = ["/", "/admin/attic/events/500000/change/"]
    addresses += [f"/admin/attic/{page}" for page, _ in EVENTS]
    done = run(shown_attic.folder, str(READ), "attic", *addresses, env=environment_of(shown_attic))
    start, row, *lists = json.loads(done.stdout.splitlines()[-1])
    for seen, address in zip([start, row, *lists], addresses, strict=True):
        limit = (VIEW if "recent" in address else FEW)[engine]
        assert (seen["status"], seen["read"] < limit) == (200, True), (address, seen)
        assert len(seen["sql"]) < 8  # no query for each row
        counts = [sql for sql in seen["sql"] if "COUNT(" in sql.upper()]
        assert not counts or (address == "/" and all("LIMIT 1001)" in sql for sql in counts))
    assert row["page"].count("kind 4") and "C500000" in row["page"]
    tables = [page["page"].partition("<tbody>")[2].partition("</tbody>")[0] for page in lists]
    shown = [(page, table.count("<tr")) for (page, _), table in zip(EVENTS, tables, strict=True)]
    assert shown == EVENTS
    assert '<a href="?id__gt=10000"' in lists[2]["page"]  # from the last page to the rows behind it


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        pytest.param(
            engine, many_rows(engine, 250), marks=() if engine == "sqlite" else pytest.mark.long
        )
        for engine in ENGINES
    ],
)
def test_in_a_browser(shown_attic, browser, engine):
    env = environment_of(shown_attic) | {"DJANGO_SUPERUSER_PASSWORD": "for a test"}
    command = ("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com")
    manage(shown_attic.folder, *command, env=env)

    def listed() -> list[str]:
        found = browser.find_elements(By.CSS_SELECTOR, "#result_list tbody tr")
        return [row.text for row in found]

    def follow(selector: str, until: str) -> None:
        browser.find_element(By.CSS_SELECTOR, selector).click()
        until_there(browser, until)

    with serve(shown_attic.folder, env=env) as port:
        log_in(browser, f"http://localhost:{port}", "ada", "for a test")
        browser.get(f"http://localhost:{port}/")
        legacy = {row[0]: row[1:] for row in cells(browser, "legacy-attic")}
        assert set(legacy) == {"bag", "customers", "events", "pairs", "recent"}
        assert legacy["events"][0] == "attic.Events" and "250" in legacy["events"][1]
        assert legacy["pairs"][2] == "composite key"
        assert legacy["recent"][2] == "view, no key"

        follow("#legacy-attic a[href$='/events/']", "#result_list")
        assert len(listed()) == 100 and listed()[0].split()[:4] == ["1", "customer", "2", "C1"]
        follow("#pages a[href='?p=2']", "#pages a[href='?p=1']")
        assert listed()[0].startswith("101 ")
        follow("#pages a[href='?p=3']", "#pages a[href='?p=1']")
        assert len(listed()) == 50 and "250 events" in browser.find_element(By.ID, "pages").text

        browser.find_element(By.ID, "searchbar").send_keys("C77")
        follow("#changelist-search [type=submit]", "#searchbar[value='C77']")
        assert [row.split()[0] for row in listed()] == ["77"]
        follow("#result_list tbody th a", "#events_form .field-code")
        assert "C77" in browser.find_element(By.CSS_SELECTOR, ".field-code").text
        follow(".field-customer a", "#customers_form .field-name")
        assert "customer 78" in browser.find_element(By.CSS_SELECTOR, ".field-name").text

        browser.get(f"http://localhost:{port}/admin/attic/pairs/?q=v77")
        follow("#result_list tbody th a", "#pairs_form .field-v")
        assert "v77" in browser.find_element(By.CSS_SELECTOR, ".field-v").text
        assert not browser.find_elements(By.CSS_SELECTOR, "[name=_save], .deletelink, .historylink")
        assert complaints(browser) == []
