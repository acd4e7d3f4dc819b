"""Tenants whose tables differ from those of the rest are found."""

import json
import sqlite3

from ..commands import manage


def test_tenants_that_differ_from_the_rest(bootstrapped):
    folder = bootstrapped(router="tenant", tenants="acme,globex,initech")
    assert manage(folder, "check_legacy_models", "--tenants").stdout.startswith("No drift in ACME")
    with sqlite3.connect(folder / "var" / "my_project_globex.sqlite3") as connection:
        connection.executescript(
            "alter table people add column nickname text; create table extra (id int);"
            "create unique index one_name on people (nickname); drop table absauth"
        )
    connection.close()
    done = manage(folder, "check_legacy_models", "--tenants", "--json", check=False)
    assert done.returncode == 1
    assert [tuple(row.values()) for row in json.loads(done.stdout)] == [
        ("GLOBEX", "absauth", "", "table", "most tenants", "missing"),
        ("GLOBEX", "extra", "", "table", "most tenants", "extra"),
        ("GLOBEX", "people", "nickname", "column", "missing", "text"),
        ("GLOBEX", "people", "", "unique", "()", "(('nickname',),)"),
    ]
