"""The engine as a distribution: a wheel and an sdist, and a project that has it from there."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from ..conftest import made_once
from ..rendering import ROOT

SOURCE = ROOT / "{{cookiecutter.project_slug}}" / "manydb"


def build(folder: Path, target: Path) -> None:
    """Wheel and sdist, in an environment of pip's own; the wheel is made from the sdist."""
    command = [sys.executable, "-m", "build", "--outdir", target, folder]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="session")
def distributions(run_folder: Path) -> Path:
    return made_once(run_folder / "distributions", lambda folder: build(ROOT / "engine", folder))


@pytest.fixture(scope="session")
def installed(run_folder: Path, distributions: Path) -> Path:
    """A folder of packages in which the wheel is installed."""
    (wheel,) = distributions.glob("*.whl")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel]
    return made_once(
        run_folder / "installed",
        lambda folder: subprocess.run([*command, "--target", folder], check=True),
    )


def test_wheel_and_sdist_hold_the_folder_as_it_is(distributions):
    files = {
        f"manydb/{path.relative_to(SOURCE).as_posix()}": path.read_bytes()
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "manydb/py.typed" in files
    assert "manydb/tenants/migrations/0001_initial.py" in files
    assert "manydb/core/templates/admin/countless_change_list.html" in files
    assert "manydb/docs/existing_project.md" in files
    (wheel,) = distributions.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert {name: archive.read(name) for name in names} == files
        info = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
        assert b"manydb = manydb.testing.pytest_entry_point" in archive.read(info)
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        top = sdist.name.removesuffix(".tar.gz")
        found = {member.name.removeprefix(f"{top}/") for member in archive if member.isfile()}
    assert found >= {*files, "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}


@pytest.mark.parametrize("router", ["simple", "replica", "tenant"])
def test_project_without_the_folder_runs_its_tests_on_the_wheel(project, installed, router):
    folder = project(router=router)
    shutil.rmtree(folder / "manydb")
    paths = {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **paths}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    command = [sys.executable, "manage.py", "test", "tests.pitfalls"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **paths}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_project_without_the_folder_can_still_be_built(project, tmp_path):
    folder = project()
    shutil.rmtree(folder / "manydb")
    build(folder, tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if ".dist-info" not in top} == {"my_project"}
