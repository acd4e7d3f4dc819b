"""The engine is typed, strictly, and clean: projects exclude it from their own linters."""

import subprocess
import sys

import pytest

from ..rendering import ROOT

ENGINE = ("{{cookiecutter.project_slug}}/manydb", "engine")
RUFF = ("--config", "engine/ruff.toml", *ENGINE)


@pytest.mark.parametrize(
    "words",
    [
        ("mypy", "--config-file", "engine/mypy.ini"),
        ("ruff", "check", *RUFF),
        ("ruff", "format", "--check", *RUFF),
    ],
    ids=" ".join,
)
def test_the_engine_is_clean(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_types_are_for_its_users_too() -> None:
    assert (ROOT / ENGINE[0] / "py.typed").exists()
