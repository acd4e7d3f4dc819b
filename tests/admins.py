"""A project whose admin shows a legacy database: the traps, or tables of as many rows as a test wants."""

import json
from pathlib import Path
from typing import Any

import pytest

from .attics import ENV, Attic, beside
from .commands import PROBES, run
from .legacies import make

HERE = Path(__file__).parent
PROBE = PROBES / "admin_pages.py"
ADMIN = """
from manydb.legacy.admin import register_app

register_app("attic")
"""


@pytest.fixture
def shown_attic(bootstrapped, engine: str, sql: str, tmp_path: Path, request) -> Attic:
    """A project with a legacy database that its admin shows."""
    folder = bootstrapped(database_engine="mysql" if engine == "mysql" else "postgresql")
    place = make(engine, sql, tmp_path, request, "attic").settings
    made = beside(folder, engine, place | {"ROLE": "shared", "TENANT": None, "READ_ONLY": True})
    (folder / "attic" / "admin.py").write_text(ADMIN)
    made.inspect()
    return made


def environment_of(attic: Attic) -> dict[str, str]:
    return ENV | {"PYTHONPATH": str(attic.folder)}


def walk(attic: Attic) -> dict[str, Any]:
    """Every page that the admin has of this database."""
    done = run(attic.folder, str(PROBE), "attic", env=environment_of(attic))
    return dict(json.loads(done.stdout.splitlines()[-1]))


def many_rows(engine: str, rows: int) -> str:
    """SQL of tables of so many rows."""
    large = (HERE / "large" / f"{engine}.sql").read_text(encoding="utf-8")
    return large.replace("1000000", str(rows)).replace("110000", str(min(rows, 110_000)))
