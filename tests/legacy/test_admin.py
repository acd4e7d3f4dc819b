"""Legacy models in the admin: every table of databases full of traps, and rows that are stranger still."""

import sqlite3

import pytest

from ..admins import environment_of, walk
from ..commands import run
from ..legacies import ENGINES

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
def test_every_table_can_be_listed_searched_sorted_and_opened(shown_attic, engine):
    seen = walk(shown_attic)
    assert (seen["failed"], seen["messages"], seen["counts"]) == ({}, [], [])
    assert (seen["written"], seen["unknown"]) == ([403], [302])  # a key that no row has
    assert seen["folded"] == (len(seen["lists"]) > 20)  # on the start page
    for model, values in SHOWN[engine].items():
        assert values.items() <= seen["pages"][model][0].items()


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
def test_strange_rows_are_shown_and_a_table_that_is_away_is_a_message(shown_attic, engine, sql):
    with sqlite3.connect(shown_attic.folder.parent / "attic.sqlite3") as connection:
        connection.execute("drop table gone")
        connection.execute("update moments set words = cast(x'ff41' as text) where id = 2")
    connection.close()
    seen = walk(shown_attic)
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
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.test.utils import setup_test_environment

setup_test_environment()
settings.ALLOWED_HOSTS = ["*"]
client = Client(headers={"host": "localhost"})
client.force_login(get_user_model().objects.create_superuser("writer"))
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
def test_a_writable_table_is_changed_and_what_its_server_refuses_is_a_message(
    shown_attic, engine, sql
):
    place = shown_attic.folder / "attic.json"
    place.write_text(place.read_text().replace('"READ_ONLY": true', '"READ_ONLY": false'))
    done = run(shown_attic.folder, "-c", WRITE, env=environment_of(shown_attic))
    rows, log, message, start = done.stdout.splitlines()
    assert rows == "[(1, 'Persuasion', 7)]"
    assert log == "[('Persuasion', 2), ('Emma', 1), ('Upper', 1)]"
    assert message == "attic.Shelf: FOREIGN KEY constraint failed"
    assert (
        start == "[('book', None), ('shelf', None)] attic"
    )  # on the start page, with the file gone
