"""Legacy models in the admin: every table of databases full of traps, and tables of a million rows."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from .browser import cells, complaints, log_in, until_there
from .projects import manage, run, serve
from .test_inspect_legacy import ENGINES, ENV, SETTINGS, TRAPS, Attic, database

HERE = Path(__file__).parent
PROBE = HERE / "probes" / "admin_pages.py"
READ = PROBE.with_name("rows_read.py")
ADMIN = """
from my_project.databases.legacy.admin import register_app

register_app("attic")
"""


@pytest.fixture
def attic(bootstrapped, engine: str, sql: str, tmp_path: Path, request) -> Attic:
    """A project with a legacy database that its admin shows."""
    folder = bootstrapped(database_engine="mysql" if engine == "mysql" else "postgresql")
    (folder / "attic_settings.py").write_text(SETTINGS)
    (folder / "attic").mkdir()
    (folder / "attic" / "__init__.py").touch()
    (folder / "attic" / "admin.py").write_text(ADMIN)
    place = database(engine, sql, tmp_path, request)
    marks = {"ROLE": "shared", "TENANT": None, "READ_ONLY": True}
    (folder / "attic.json").write_text(json.dumps({"attic": place | marks}))
    made = Attic(folder, engine)
    made.inspect()
    return made


def attic_env(attic: Attic) -> dict[str, str]:
    return ENV | {"PYTHONPATH": str(attic.folder)}


def walk(attic: Attic) -> dict[str, Any]:
    """Every page that the admin has of this database."""
    done = run(attic.folder, str(PROBE), "attic", env=attic_env(attic))
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def sql(engine: str, rows: int) -> str:
    """Tables of so many rows, or those of the traps."""
    if not rows:
        return (TRAPS / f"{engine}.sql").read_text(encoding="utf-8")
    large = (HERE / "large" / f"{engine}.sql").read_text(encoding="utf-8")
    return large.replace("1000000", str(rows)).replace("110000", str(min(rows, 110_000)))


SHOWN = {
    "sqlite": {
        "Loose": {"nv": "empty", "nm3": "1234567.125", "bl": "00ff (2 bytes)", "bo2": "5"},
        "Moments": {"zero": "0000-00-00 00:00:00", "february": "2021-02-30"},
        "OrderDetails": {"order_id": "1", "product_id": "2"},
    },
    "mysql": {
        "Kinds": {"s": "r,x", "g": "POINT(1 2)", "zd": "NULL", "pz": "2020-00-00", "b9": "257"},
        "Parent": {"region_code": "EU", "title": "empty"},
        "Msg": {"sender": "u"},
    },
    "postgresql": {
        "Kinds": {"ms": '["sad", "ok"]', "j": '{"b": 1,  "a":2}', "inf": "infinity", "r": "[1,5)"},
        "Lines": {"order": "1", "n": "1"},
    },
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rows", [0])
def test_every_table_can_be_listed_searched_sorted_and_opened(attic, engine, rows):
    seen = walk(attic)
    print(seen["messages"][:4])
    assert (seen["failed"], seen["messages"], seen["counts"]) == ({}, [], [])
    assert seen["written"] == [403]
    assert seen["folded"] == (len(seen["lists"]) > 20)  # on the start page
    for model, values in SHOWN[engine].items():
        assert values.items() <= seen["pages"][model][0].items()
    print({k: seen[x][k] for x in ("lists", "pages") for k in ("Kinds", "Loose") if k in seen[x]})


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


STRANGE = """
create table moments (id integer primary key, at datetime, doc json, words text);
insert into moments values (1, '0001-01-01 00:00:00', '{"a": "\\ud800"}', ''), (2, '9999-12-31 23:59:59', '[]', 'ok');
create table parents (id integer primary key);
create table children (id integer primary key, parent_id int not null references parents(id), photo blob);
insert into children values (1, 5, zeroblob(1000000));
create table gone (id integer primary key);
"""


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("sql", [STRANGE])
def test_strange_rows_are_shown_and_a_table_that_is_away_is_a_message(attic, engine, sql):
    with sqlite3.connect(attic.folder.parent / "attic.sqlite3") as connection:
        connection.execute("drop table gone")
        connection.execute("update moments set words = cast(x'ff41' as text) where id = 2")
    connection.close()
    seen = walk(attic)
    assert {address.partition("?")[0] for address in seen["failed"]} == {"/admin/attic/gone/"}
    assert set(seen["messages"]) == {"Attic.Gone: no such table: gone"}
    (first, second), (child,) = seen["pages"]["Moments"], seen["pages"]["Children"]
    assert (first["at"][:4], first["doc"], first["words"]) == ("0001", '{"a": "\\ud800"}', "empty")
    assert (second["at"][:4], second["doc"], second["words"]) == ("9999", "[]", "\ufffdA")
    assert child["parent_id"] == "5"  # which is not there
    assert len(child["photo"]) < 10_100 and child["photo"].endswith("… (1000000 bytes)")


WRITE = """
from pathlib import Path
import django; django.setup()
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import setup_test_environment

setup_test_environment()
settings.ALLOWED_HOSTS = ["*"]
client = Client(headers={"host": "localhost"})
client.force_login(apps.get_model("auth", "User").objects.create_superuser("writer"))
shelf = "/admin/attic/shelf/"
book = "/admin/attic/book/"
client.post(f"{shelf}add/", {"id": 7, "name": "Upper"})
client.post(f"{book}add/", {"title": "Emma", "shelf": 7})
client.post(f"{book}1/change/", {"title": "Persuasion", "shelf": 7})
page = client.post(f"{shelf}7/delete/", {"post": "yes"}, follow=True)
print(list(apps.get_model("attic", "Book").objects.values_list()))
print(list(apps.get_model("admin", "LogEntry").objects.values_list("object_repr", "action_flag")))
print([str(message) for message in page.context["messages"]][-1])

Path(connections["attic"].settings_dict["NAME"]).unlink()
connections["attic"].close()
databases = client.get("/").context["legacy"]
print([(table.name, table.size) for table in databases[1].tables], databases[1].alias)
"""
SHELVES = """
create table shelf (id int primary key, name varchar(20) not null);
create table book (id integer primary key, title varchar(20) not null, shelf_id int not null references shelf(id));
"""


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("sql", [SHELVES])
def test_a_writable_table_is_changed_and_what_its_server_refuses_is_a_message(attic, engine, sql):
    place = attic.folder / "attic.json"
    place.write_text(place.read_text().replace('"READ_ONLY": true', '"READ_ONLY": false'))
    done = run(attic.folder, "-c", WRITE, env=attic_env(attic))
    rows, log, message, start = done.stdout.splitlines()
    assert rows == "[(1, 'Persuasion', 7)]"
    assert log == "[('Persuasion', 2), ('Emma', 1), ('Upper', 1)]"
    assert message == "attic.Shelf: FOREIGN KEY constraint failed"
    assert (
        start == "[('book', None), ('shelf', None)] attic"
    )  # on the start page, with the file gone


OWN = """
from django.contrib import admin
from my_project.databases.legacy.admin import LegacyAdmin, register_app
from .models import Customers


@admin.register(Customers)
class CustomersAdmin(LegacyAdmin):
    list_display = ("name", "id")
    search_fields = ("name",)


register_app("attic")
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rows", [1_000_000])
def test_a_million_rows_are_neither_counted_nor_read(attic, engine, rows):
    (attic.folder / "attic" / "admin.py").write_text(OWN)
    addresses = ["/", "/admin/attic/events/500000/change/"]
    addresses += [f"/admin/attic/{page}" for page, _ in EVENTS]
    done = run(attic.folder, str(READ), "attic", *addresses, env=attic_env(attic))
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


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rows", [250])
def test_in_a_browser(attic, browser, engine, rows):
    env = attic_env(attic) | {"DJANGO_SUPERUSER_PASSWORD": "for a test"}
    command = ("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com")
    manage(attic.folder, *command, env=env)

    def listed() -> list[str]:
        found = browser.find_elements(By.CSS_SELECTOR, "#result_list tbody tr")
        return [row.text for row in found]

    def follow(selector: str, until: str) -> None:
        browser.find_element(By.CSS_SELECTOR, selector).click()
        until_there(browser, until)

    with serve(attic.folder, env=env) as port:
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
