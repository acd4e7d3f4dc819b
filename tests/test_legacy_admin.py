"""Legacy models in the admin: every table of databases full of traps, and tables of a million rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from .projects import run
from .test_inspect_legacy import ENGINES, ENV, SETTINGS, TRAPS, Attic, database

PROBE = Path(__file__).parent / "probes" / "admin_pages.py"
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


def walk(attic: Attic) -> dict[str, Any]:
    """Every page that the admin has of this database."""
    env = ENV | {"PYTHONPATH": str(attic.folder)}
    done = run(attic.folder, str(PROBE), "attic", env=env)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def sql(engine: str) -> str:
    return (TRAPS / f"{engine}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("engine", ENGINES)
def test_every_table_can_be_listed_searched_sorted_and_opened(attic, engine):
    seen = walk(attic)
    print(seen["messages"][:4])
    assert (seen["failed"], seen["messages"]) == ({}, [])
    print({k: seen[x][k] for x in ("lists", "pages") for k in ("Kinds", "Loose") if k in seen[x]})
