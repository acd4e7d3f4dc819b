"""The preset of a test's ``engine`` and ``pooling``."""

from types import ModuleType

import pytest

from .presets import preset_of


@pytest.fixture(autouse=True)
def time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """One preset puts PGTZ into the environment: gone again when the test ends."""
    monkeypatch.setenv("PGTZ", "")
    monkeypatch.delenv("PGTZ")


@pytest.fixture
def preset(time_zone: None, engine: str, pooling: str) -> ModuleType:
    return preset_of(engine, pooling)
