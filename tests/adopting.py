"""Projects that adopt a legacy database, and what git would see of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from .commands import PROBES, manage, run
from .legacies import Legacy, shop

# An adopted database may be of another engine than the project's.
PROJECTS = {
    "sqlite": {"database_engine": "mysql", "router": "simple"},
    "mysql": {"database_engine": "postgresql", "router": "replica", "legacy_models": False},
    "postgresql": {"database_engine": "mysql", "router": "tenant"},
}


@pytest.fixture
def legacy(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Legacy:
    (tmp_path / "attic").mkdir()
    return shop(engine, tmp_path / "attic", request)


def adopt(folder: Path, legacy: Legacy, *options: str, alias: str = "shop", **more: Any) -> Any:
    command = ["adopt_legacy", alias, *legacy.options, *options]
    return manage(folder, *command, env=legacy.variables(alias), **more)


def tree(folder: Path) -> dict[str, bytes]:
    """What git would see, and .env."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "var/" not in path.as_posix() and "__pycache__" not in path.parts
    }


def probe(folder: Path, name: str, *arguments: str) -> Any:
    done = run(folder, str(PROBES / f"{name}.py"), *arguments, env=settings_of(folder))
    return json.loads(done.stdout.splitlines()[-1])


def settings_of(folder: Path) -> dict[str, str]:
    settings = "my_project.settings.development"
    return {"PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": settings}
