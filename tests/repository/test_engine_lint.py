"""The engine is typed, strictly, and clean: projects exclude it from their own linters."""

import pytest

from ..rendering import ROOT

ENGINE = ROOT / "{{cookiecutter.project_slug}}/manydb"


@pytest.mark.parametrize(
    "command",
    [
        "mypy --config-file engine/mypy.ini",
        "ruff check --config engine/ruff.toml $(ENGINE)",
        "ruff format --check --config engine/ruff.toml $(ENGINE)",
    ],
)
def test_make_lint_looks_at_the_engine(command: str) -> None:
    """It runs in test_readme.py."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lint = makefile.partition("\nlint:")[2].partition("\n\n")[0]
    assert f"\t$(PY) -m {command}\n" in f"{lint}\n"


def test_its_types_are_for_its_users_too() -> None:
    assert (ENGINE / "py.typed").exists()
