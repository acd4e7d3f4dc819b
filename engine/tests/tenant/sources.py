"""For tests of checks that read the project's source."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

from django.apps import AppConfig, apps
from django.test import override_settings


def found_in(source: str, check: Callable[..., list[Any]]) -> list[str]:
    """The id and the line of each message of a check about this piece of code."""
    with TemporaryDirectory() as folder, override_settings(BASE_DIR=Path(folder)):
        Path(folder, "services.py").write_text(dedent(source), encoding="utf-8")
        config = AppConfig("services", apps.get_app_config("notes").module)
        config.path = folder
        return [f"{m.id}:{str(m.obj).rpartition(':')[2]}" for m in check([config])]
