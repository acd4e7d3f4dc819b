"""Each way to get the template gives the same project, with the engine as it is here."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ..rendering import command
from .test_cruft import commit, git

ANSWERS = ("database_engine=postgresql", "router=tenant", "pooling=pgbouncer")


def contents(folder: Path) -> dict[str, bytes]:
    """Each file, but for .env, which holds a secret that is made once for each project."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if path.name != ".env" and "__pycache__" not in path.parts
    }


def as_git_url(clone: Path, folder: Path) -> str:
    return f"git+{clone.as_uri()}"


def as_zip(clone: Path, folder: Path) -> str:
    return shutil.make_archive(
        str(folder / "archive"), "zip", root_dir=clone.parent, base_dir=clone.name
    )


def as_clone_without_links(clone: Path, folder: Path) -> str:
    """As on Windows, where git writes a link as a file that holds the name of its target."""
    git(folder, "-c", "core.symlinks=false", "clone", "--quiet", str(clone), "without_links")
    return str(folder / "without_links")


@pytest.mark.parametrize("source", [as_git_url, as_zip, as_clone_without_links])
def test_the_project_is_the_one_of_a_path(
    template: Path, tmp_path: Path, source: Callable[[Path, Path], str]
):
    shutil.copytree(template.parent, tmp_path / "clone")
    clone = tmp_path / "clone/template"
    commit(clone, "The template")
    expected = made(clone, tmp_path / "path", str(template))
    assert contents(made(clone, tmp_path / "other", source(clone, tmp_path))) == contents(expected)

    ours, theirs = clone / "{{cookiecutter.project_slug}}/manydb", expected / "manydb"
    assert contents(theirs) == contents(ours)


def made(clone: Path, folder: Path, source: str) -> Path:
    done = command(clone, folder, source, "--no-input", *ANSWERS)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "my_project"
