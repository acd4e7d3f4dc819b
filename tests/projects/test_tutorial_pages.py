"""The manual's tutorials, typed literally: each file, command, address and error, in the order of the page."""

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..commands import get, ruff, run, serve
from ..rendering import ROOT

PAGES = ROOT / "{{cookiecutter.project_slug}}/manydb/docs/tutorial"
TUTORIALS = {
    "tenant": ["tenant.md", "tenant-2.md"],
    "replica": ["replica.md"],
    "simple": ["simple.md"],
}

STEP = re.compile(
    r"^```(?P<kind>\w+)\n(?P<block>.*?)^```$"
    r"|Open\s+<http://(?P<host>[\w.]+):8000(?P<path>[^>]*)>: it shows `(?P<shown>[^`]*)`",
    re.MULTILINE | re.DOTALL,
)


def steps(router: str) -> Iterator[re.Match[str]]:
    for name in TUTORIALS[router]:
        yield from STEP.finditer((PAGES / name).read_text(encoding="utf-8"))


def write(project: Path, block: str) -> None:
    """The file that the first line names, or its end."""
    name, _, where = block.splitlines()[0].removeprefix("# ").partition(": ")
    path = project / name
    if where == "at the end":
        block = path.read_text(encoding="utf-8") + "\n" + block
    else:
        assert not where, f"Where does this go: {where}?"
    path.write_text(block, encoding="utf-8")


def type_line(project: Path, line: str, check: bool = True) -> str:
    words = shlex.split(line)
    if words[0] == "mkdir":
        (project / words[1]).mkdir()
        return ""
    assert words[0] == "python", line
    done = run(project, *words[1:], check=check)
    return done.stdout + done.stderr


def take(project: Path, step: re.Match[str]) -> None:
    if step["host"]:
        with serve(project, sys.executable) as port:
            assert get(port, step["host"], step["path"]) == (200, step["shown"])
    elif step["kind"] == "sh":
        for line in step["block"].splitlines():
            type_line(project, line)
    elif step["kind"] == "python":
        write(project, step["block"])
    else:
        assert step["kind"] == "console"
        command, *shown = step["block"].splitlines()
        printed = type_line(project, command.removeprefix("$ "), check=False)
        for words in shown:
            assert words in printed


def test_each_page_is_typed():
    assert {path.name for path in PAGES.iterdir()} == {
        n for names in TUTORIALS.values() for n in names
    }


@pytest.mark.parametrize("router", TUTORIALS)
def test_it_works_as_it_is_written(bootstrapped: Callable[..., Path], router: str):
    project = bootstrapped(router=router, database_engine="postgresql")
    found = [*steps(router)]
    assert {step["kind"] for step in found} >= {"sh", "python", "console"}
    for step in found:
        take(project, step)
    ruff(project, "check")  # a part of `make check`
    if router == "tenant":
        a_tenants_test_passes(project)


def a_tenants_test_passes(project: Path) -> None:
    """The one of the page about tests, which asks the tutorial's page."""
    text = (PAGES.parent / "tests.md").read_text(encoding="utf-8")
    (block,) = re.findall(
        r"^```python\n(.*?class NoteTests.*?)^```", text, re.DOTALL | re.MULTILINE
    )[:1]
    name = "my_project/notes/test_page.py"
    (project / name).write_text(block[block.rindex("from django.test import Client") :], "utf-8")
    run(project, "-m", "pytest", "-q", name)
