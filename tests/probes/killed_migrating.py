"""Kills ``migrate_databases`` at every line of a migration's way into a database, and looks at what is left.

``python killed_migrating.py EVERY``: at each n-th line only. The migration of the table ``done`` is there already,
and T1 lacks it. Prints one JSON object: how many lines there are, at how many it was killed, how often a part was left
to be undone by hand, and what was wrong.
"""

import json
import os
import sys
from io import StringIO
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections
from django.db.migrations import executor, migration, recorder
from ended import Ending

sys.path.insert(0, os.getcwd())
django.setup()
SLUG = os.environ["DJANGO_SETTINGS_MODULE"].partition(".")[0]
EVERY = int(sys.argv[1])
MANYDB = Path("manydb").resolve()
ending = Ending(
    "kill",
    (
        str(MANYDB / "fleet") + os.sep,
        str(MANYDB / "core" / "disk_migrations.py"),
        str(MANYDB / "core" / "locks.py"),
        str(MANYDB / "core" / "members.py"),
        str(MANYDB / "core" / "migrated_aliases.py"),
        str(MANYDB / "core" / "pending_migrations.py"),
        *(module.__file__ for module in (executor, migration, recorder)),
    ),
    times=3,  # as many as the migration has operations
)

catalog = sys.modules["manydb.tenants.catalog"]
Tenant = sys.modules["manydb.tenants.models"].Tenant
Registration = sys.modules[f"{SLUG}.conferences.models"].Registration
ALIAS = "T1"
MIGRATE = f"migrate_databases --only {ALIAS}"


def run(words: str, at: int = 0) -> tuple[int, str]:
    catalog.forget()
    return ending.run(words, at)


def tables() -> set[str]:
    connection = connections[ALIAS]
    return {"begun", "done"} & {*connection.introspection.table_names()}


def noted() -> int:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations WHERE name = '0002_pause'")
        return cursor.fetchone()[0]


def undo(*, also_noted: bool = True) -> None:
    with connections[ALIAS].cursor() as cursor:
        for table in tables():
            cursor.execute(f"DROP TABLE {table}")
        if also_noted:
            cursor.execute("DELETE FROM django_migrations WHERE name = '0002_pause'")


def check(at: int) -> bool:
    """Whether a part had to be undone by hand, as the run after the kill must have said."""
    if tables() != {"begun", "done"}:
        assert not noted()
    can_undo = connections[ALIAS].features.can_rollback_ddl
    left = bool(tables() and not noted())
    code, said = run(MIGRATE)
    if left:
        assert not can_undo and code, f"a part was left: {tables()}, {said}"
        assert "1 of 1 databases failed: T1" in said and "already exists" in said, said
        assert "(conferences.0002_pause)" in said and "undo that by hand and run it again" in said
        undo(also_noted=False)
        code, said = run(MIGRATE)
    assert code == 0, said
    assert tables() == {"begun", "done"} and noted() == 1
    row = Tenant.objects.get(name=ALIAS.lower())
    assert (row.state, row.command, row.error, bool(row.fingerprint)) == ("ready", "", "", True)
    assert Registration.objects.using(ALIAS).count() == 1
    return left


undo()
Registration.objects.using(ALIAS).get_or_create(conference_id="X", email="one@b.example")
call_command(*MIGRATE.split(), stdout=StringIO())  # what it works out only once is kept for all
undo()
code, lines = run(MIGRATE)
assert code == 0, lines
undo()
wrong, killed, by_hand = [], 0, 0
for at in range(1, int(lines) + 1, EVERY):
    code, _ = run(MIGRATE, at)
    killed += code != 0
    try:
        by_hand += check(at)
    except AssertionError as error:
        wrong.append(f"at line {at}: {error!r}")
    undo()
Registration.objects.using(ALIAS).all().delete()
print(json.dumps({"lines": int(lines), "killed": killed, "by_hand": by_hand, "wrong": wrong}))
