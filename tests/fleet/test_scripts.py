"""The prepared migrations of a fleet, beside Django's own command."""

import shutil
from collections.abc import Iterator

import pytest

from ..commands import PROBES, manage
from ..fleets import SLUG, TENANTS, Fleet, lines_of, on_each_engine


@pytest.fixture
def wide(fleet: Fleet) -> Iterator[Fleet]:
    """The fleet with one more app, whose migrations hold one of each kind of operation."""
    app, settings = fleet.folder / "wide", fleet.folder / SLUG / "settings" / "base.py"
    before = settings.read_text()
    shutil.copytree(PROBES / "wide", app)
    settings.write_text(before.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "wide",'))
    yield fleet
    settings.write_text(before)
    shutil.rmtree(app)
    tables = "wide_note_others, wide_note, wide_topic, wide_mark, wide_extra"
    for tenant in TENANTS[:4]:
        fleet.server.sql(
            f"drop table {tables}; delete from django_migrations where app = 'wide'",
            f"{SLUG}_{tenant}",
        )


COLUMNS = (
    "select table_name, column_name, ordinal_position, data_type, is_nullable, column_default, "
    "character_maximum_length, numeric_precision from information_schema.columns "
    "where table_schema = {} order by 1, 2"
)
INDEXES = {
    "mysql": "select table_name, index_name, column_name from information_schema.statistics "
    "where table_schema = database() order by 1, 2, 3",
    "postgresql": "select indexdef from pg_indexes where schemaname = 'public' order by 1",
}
CONSTRAINTS = {
    "mysql": "select table_name, constraint_name, constraint_type "
    "from information_schema.table_constraints where constraint_schema = database() order by 1, 2",
    "postgresql": "select conrelid::regclass, conname, pg_get_constraintdef(oid) from pg_constraint "
    "where conrelid > 0 and connamespace = 'public'::regnamespace order by conname",
}
ROWS = ["wide_note", "wide_topic", "wide_note_others", "wide_extra", "wide_mark"]


def everything(fleet: Fleet, tenant: str) -> list[str]:
    """A database's columns, indexes, constraints, migrations, and rows."""
    schema = "'public'" if fleet.engine == "postgresql" else "database()"
    queries = [
        COLUMNS.format(schema),
        INDEXES[fleet.engine],
        CONSTRAINTS[fleet.engine],
        "select app, name, count(*) from django_migrations group by app, name order by 1, 2",
        *(f"select * from {table} order by 1" for table in ROWS),
    ]
    return [fleet.server.sql(query, f"{SLUG}_{tenant}") for query in queries]


@on_each_engine
def test_prepared_migrations_leave_what_djangos_own_command_leaves(wide):
    manage(wide.folder, "migrate", "--database", "T1", env=wide.env)
    manage(wide.folder, "migrate", "wide", "0002", "--database", "T4", env=wide.env)
    said = lines_of(wide.run("--only", "T2", "--only", "T3", "--only", "T4"))
    assert [said[alias] for alias in ("T2", "T3")] == ["applied 7 migrations"] * 2
    by_django, first, second, rest = (everything(wide, tenant) for tenant in TENANTS[:4])
    assert "wide_rank_positive" in by_django[2] and "0005_squashed_0006_b" in by_django[3]
    assert "old 7 water 1" in by_django[4]
    assert first == second == by_django
    assert rest[:-1] == by_django[:-1]  # whose table of marks says in how many steps it came
    assert wide.run("--only", "T1", "--check").stdout.splitlines()[-1] == "In all: 1 current."
