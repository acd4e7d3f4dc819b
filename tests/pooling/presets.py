"""The presets that there are, and one of them as a module."""

from types import ModuleType

import pytest

from ..lone_django import module

PRESETS = [
    ("mysql", "none"),
    ("mysql", "rds_proxy"),
    ("postgresql", "none"),
    ("postgresql", "rds_proxy"),
    ("postgresql", "pgbouncer"),
]
each_preset = pytest.mark.parametrize(("engine", "pooling"), PRESETS)


def only(engine: str, pooling: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("engine", "pooling"), [(engine, pooling)])


def preset_of(engine: str, pooling: str) -> ModuleType:
    return module(f"manydb.presets.{pooling}_{engine}")
