"""A project beside a legacy database that has the alias ``attic``: of SQL of a test's own, or of the traps."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .commands import manage
from .legacies import make
from .rendering import ROOT

TRAPS = ROOT / "engine" / "tests" / "traps"
SETTINGS = """
import json
from pathlib import Path
from my_project.settings import development

globals().update({name: value for name, value in vars(development).items() if name.isupper()})
DATABASES = {**development.DATABASES, **json.loads(Path("attic.json").read_text())}
USE_TZ, TIME_ZONE = True, "Asia/Tokyo"
if Path("attic/models.py").exists():
    INSTALLED_APPS = [*development.INSTALLED_APPS, "attic"]
"""
ENV = {"DJANGO_SETTINGS_MODULE": "attic_settings"}


@dataclass
class Attic:
    """A project beside a legacy database, which has the alias ``attic``."""

    folder: Path
    engine: str
    said: str = ""

    def manage(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return manage(self.folder, *command, env=ENV, **options)

    def inspect(self) -> str:
        words = ["--output", "attic/models.py", "--yes", "--class-names", "table"]
        done = self.manage("inspect_legacy", "attic", *words)
        self.said = done.stderr
        return (self.folder / "attic" / "models.py").read_text(encoding="utf-8")


@pytest.fixture
def attic(project, engine: str, sql: str, tmp_path: Path, request: pytest.FixtureRequest) -> Attic:
    folder = project(database_engine="mysql" if engine == "mysql" else "postgresql")
    place = make(engine, sql, tmp_path, request, "attic").settings
    return beside(folder, engine, place | {"ROLE": "shared"})


def beside(folder: Path, engine: str, settings: dict[str, Any]) -> Attic:
    """The project in this folder, with an app of its own for what these settings lead to."""
    (folder / "attic_settings.py").write_text(SETTINGS)
    (folder / "attic").mkdir()
    (folder / "attic" / "__init__.py").touch()
    (folder / "attic.json").write_text(json.dumps({"attic": settings}))
    return Attic(folder, engine)


@pytest.fixture
def sql(engine: str) -> str:
    """The traps, unless a test has SQL of its own."""
    return (TRAPS / f"{engine}.sql").read_text(encoding="utf-8")
