"""Every command that the READMEs of this repository print is run by a test, or by the gate itself."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from ..clients.test_strangers_path import shell_lines
from ..rendering import ROOT

# Where each command is run, and what runs it there.
RUN_BY = {
    "make demo": ("tests/repository/test_readme.py", "def test_demo("),
    "make engine": ("Makefile", "\ntest: drivers engine engine-servers\n"),
    "make test": (".ci/run", "\nmake test\n"),
    "REQUIRE_SERVERS=1 make test": (".ci/run", "\nexport REQUIRE_SERVERS=1\nmake test\n"),
    "make screenshots": ("tests/projects/test_pages.py", "def test_screenshots("),
    "make bench": ("tests/repository/test_benchmarks.py", "def test_it_keeps_its_bounds("),
    "make docs": ("tests/repository/test_site.py", "def test_it_has_the_pages_of_both_products("),
    "make lint": ("tests/repository/test_readme.py", "def test_lint("),
    "scripts/install-servers": (".ci/run", "\nbash scripts/install-servers\n"),
    "python3 -m pip install cookiecutter": ("scripts/demo.py", '"install", "-q", "cookiecutter"'),
    "cookiecutter gh:org/template": ("tests/clients/test_strangers_path.py", "def answered("),
    "python3 -m pip install cruft": ("pyproject.toml", '"cruft~='),
    "cruft create gh:org/template": ("tests/clients/test_cruft.py", '"create", str(repository)'),
    # In a project: its README's lines are run there.
    "make setup": ("tests/clients/test_strangers_path.py", "def test_commands_of_the_readme("),
    "make check": ("tests/clients/test_strangers_path.py", "def test_commands_of_the_readme("),
    "cruft diff": ("tests/clients/test_cruft.py", '"diff", "--exit-code"'),
    "cruft update": ("tests/clients/test_cruft.py", '"update", "--skip-apply-ask"'),
}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/update.md"])
def test_every_command_is_run_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    printed = {*shell_lines(text), *re.findall(r"`((?:REQUIRE_SERVERS=1 )?make [a-z]+)`", text)}
    assert printed
    assert printed <= set(RUN_BY)


@pytest.mark.parametrize(("path", "words"), RUN_BY.values(), ids=RUN_BY)
def test_it_is_run_there(path, words):
    assert words in (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """This working tree as a fresh clone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    folder = tmp_path / "clone"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
            (folder / name).chmod((ROOT / name).stat().st_mode)
    return folder


def make(folder: Path, target: str) -> str:
    hidden = ("PYTEST_", "MAKE", "VIRTUAL_ENV", "DATABASE_", "DJANGO_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run(
        ["make", target], cwd=folder, env=env, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_demo(clone):
    printed = make(clone, "demo")
    assert "acme.localhost -> 200," in printed
    assert "globex.localhost -> 200," in printed
    last = printed.strip().splitlines()[-4:]
    assert any("manage.py runserver" in line for line in last)
    assert "http://acme.localhost:8000/" in last[-1]


def test_lint():
    make(ROOT, "lint")
