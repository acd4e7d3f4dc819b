"""The manual's page of parameters has a row for each that a project reads, and no other."""

import re

from ..rendering import ROOT

PROJECT = ROOT / "{{cookiecutter.project_slug}}"
PAGE = PROJECT / "manydb/docs/parameters.md"
NAME = r'"([A-Z]+(?:_[A-Z]+)+|TENANTS)"'


def read_by_the_code() -> set[str]:
    """What settings give to ``get_param``, and what the engine's own modules that use it name."""
    names: set[str] = set()
    settings = [
        *PROJECT.glob("{{cookiecutter.project_slug}}/**/*.py"),
        *ROOT.glob("templates/**/*.py"),
    ]
    for path in settings:
        names |= set(re.findall(rf"get_param\(\s*{NAME}", path.read_text(encoding="utf-8")))
    for path in PROJECT.glob("manydb/*/**/*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"import .*\bget_param\b", text):
            names |= set(re.findall(NAME, text))
    return names


def test_each_parameter_has_a_row():
    table = PAGE.read_text(encoding="utf-8").partition("An adopted database has")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`([A-Z_]+)`", " ".join(cells))) == read_by_the_code()
