"""Renders the template, in this process or by command: each combination, and any text as an answer.

What is rendered is a copy without the leftovers of tools, as a clone would be. Cookiecutter's own
folders are beside the copy, so no run reads or writes those of the user who runs the tests.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.main import cookiecutter

from template_answers import CHOICES, problems

ROOT = Path(__file__).parent.parent
SOURCES = (
    "cookiecutter.json",
    "template_answers.py",
    "hooks",
    "templates",
    "{{cookiecutter.project_slug}}",
)
LEFTOVERS = shutil.ignore_patterns("__pycache__", ".*_cache", "*.egg-info", ".venv", ".DS_Store")

ALTERNATIVES: dict[str, list[Any]] = {**CHOICES, "legacy_models": [True, False]}
COMBINATIONS: list[dict[str, Any]] = [
    answers
    for values in itertools.product(*ALTERNATIVES.values())
    if not problems(answers := dict(zip(ALTERNATIVES, values, strict=True)))
]
DEFAULTS = COMBINATIONS[0]


def name_of(answers: dict[str, Any]) -> str:
    """A short name for a test or a folder, such as ``postgresql-replica``: without defaults."""
    words = (
        str(value) if field in CHOICES else f"{field}={value}"
        for field, value in answers.items()
        if DEFAULTS.get(field) != value
    )
    return "-".join(words) or "defaults"


def pairs_of(answers: dict[str, Any]) -> set[frozenset[tuple[str, Any]]]:
    """Each two of these answers."""
    return {frozenset(pair) for pair in itertools.combinations(answers.items(), 2)}


def pairwise(combinations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first and a few more, which hold each pair of answers that any of these combinations holds."""
    missing = set().union(*map(pairs_of, combinations))
    chosen = combinations[:1]
    while missing := missing - pairs_of(chosen[-1]):
        chosen.append(max(combinations, key=lambda answers: len(pairs_of(answers) & missing)))
    return chosen


def in_tiers(combinations: list[dict[str, Any]], chosen: list[dict[str, Any]]) -> list[Any]:
    """Parameters of a test: the chosen ones are for `make test`, the others for `make test-long`."""
    return [
        pytest.param(answers, marks=() if answers in chosen else pytest.mark.long)
        for answers in combinations
    ]


PAIRWISE = pairwise(COMBINATIONS)
in_every_rendering = pytest.mark.parametrize(
    "answers", in_tiers(COMBINATIONS, PAIRWISE), ids=name_of
)


def copy_template(folder: Path) -> Path:
    """Copies what cookiecutter needs of this repository, and prepares a home for its own files."""
    template = folder / "template"
    template.mkdir(parents=True)
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, template / name, ignore=LEFTOVERS)
        else:
            shutil.copy(ROOT / name, template)
    home = folder / "home"
    home.mkdir()
    places = {name: str(home / name) for name in ("replay_dir", "cookiecutters_dir")}
    (home / "config.json").write_text(json.dumps(places), encoding="utf-8")  # JSON is YAML
    return template


def as_typed(value: Any) -> Any:
    """The answer in a form that cookiecutter renders to exactly this text.

    At a prompt an answer is taken as it is; one from the command line is rendered by Jinja first.
    """
    if not isinstance(value, str):
        return value
    return "".join(
        c if c.isalnum() or c in " _.," else f"{{{{ '\\U{ord(c):08x}' }}}}" for c in value
    )


def render(
    answers: dict[str, Any], output: Path, template: Path, *, accept_hooks: bool = True
) -> Path:
    """Renders a copied template with these answers, the rest by default; returns the project."""
    output.mkdir(parents=True, exist_ok=True)
    project = cookiecutter(
        str(template),
        no_input=True,
        extra_context={field: as_typed(value) for field, value in answers.items()},
        output_dir=str(output),
        config_file=str(template.parent / "home/config.json"),
        accept_hooks=accept_hooks,
    )
    return Path(project)


def environment(template: Path, folder: Path) -> dict[str, str]:
    """The environment of a user who is in this folder and has never used these tools before."""
    home = str(template.parent / "home")
    mine = {"HOME": home, "USERPROFILE": home, "PWD": str(folder), "COLUMNS": "200"}
    config = {"COOKIECUTTER_CONFIG": f"{home}/config.json", "GIT_CONFIG_GLOBAL": os.devnull}
    return {**os.environ, **mine, **config}


def command(
    template: Path, folder: Path, *arguments: str, typed: str = "", tool: str = "cookiecutter"
) -> subprocess.CompletedProcess[str]:
    """Runs a tool in this folder, as the command line would, typing this at its prompts."""
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", tool, *arguments],
        cwd=folder,
        env=environment(template, folder),
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def files_of(project: Path) -> list[Path]:
    """What was rendered; other tests run this project, too: caches of Python and collected files stay behind."""
    found = (path for path in project.rglob("*") if path.is_file())
    return [path for path in found if not {"__pycache__", "staticfiles"} & {*path.parts}]
