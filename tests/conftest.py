"""What the tests share: a clean copy of the template, and each rendering made once in a run."""

import gc
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from . import byte_code
from .commands import manage
from .rendering import DEFAULTS, copy_template, name_of, render

pytest_plugins = [
    "tests.servers.fixtures",
    "tests.browser",
    "tests.pythons",
    "tests.fleets",
    "tests.replicas.sites",
    "tests.attics",
    "tests.admins",
    "tests.adopting",
]

# What only a real MySQL can show is a test of `make test-newest`, which brings one.
collect_ignore = [] if os.environ.get("TEST_MYSQL") == "mysql" else ["deploy/test_mysql.py"]


def pytest_collection_finish() -> None:
    gc.freeze()  # what all tests share stays: it need not be looked through for garbage again and again


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Makes a folder for all workers of a run: one of them makes it, and it is whole or absent."""
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not folder.exists():
            unfinished = folder.with_name(f"{folder.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole run: that of a run under xdist is above those of its workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def template(run_folder: Path) -> Path:
    """A copy of the template as a clone would be. Tests read it; those that change it copy it."""
    return made_once(run_folder / "clone", copy_template) / "template"


@pytest.fixture(scope="session")
def rendered(run_folder: Path, template: Path) -> Callable[..., Path]:
    """``rendered(router="tenant")`` is that project, the other answers by default.

    Each is rendered once in a run and shared: a test that writes into it takes a copy first.
    """

    def make(answers: dict[str, Any], output: Path, accept_hooks: bool) -> None:
        made = render(answers, output, template, accept_hooks=accept_hooks)
        if accept_hooks:
            byte_code.give(made, run_folder / "byte_code")

    def project(*, accept_hooks: bool = True, **answers: Any) -> Path:
        answers = DEFAULTS | answers
        name = name_of(answers) if accept_hooks else f"{name_of(answers)}-no-hooks"
        folder = made_once(
            run_folder / "renderings" / name, lambda output: make(answers, output, accept_hooks)
        )
        (found,) = folder.iterdir()
        return found

    return project


@pytest.fixture
def bootstrapped(
    run_folder: Path, rendered: Callable[..., Path], tmp_path: Path
) -> Callable[..., Path]:
    """``bootstrapped(router="tenant")`` is a copy, for this test alone, of that project after ``bootstrap``."""

    def make(source: Path, folder: Path) -> None:
        shutil.copytree(source, folder)
        manage(folder, "bootstrap")

    def project(**answers: Any) -> Path:
        name = name_of(DEFAULTS | answers)
        made = made_once(
            run_folder / "bootstrapped" / name, lambda folder: make(rendered(**answers), folder)
        )
        return Path(shutil.copytree(made, tmp_path / name))

    return project


@pytest.fixture
def project(rendered: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """``project(router="tenant")`` is a copy of that rendering, to work in."""

    def copy(**answers: Any) -> Path:
        return Path(shutil.copytree(rendered(**answers), tmp_path / name_of(answers)))

    return copy
