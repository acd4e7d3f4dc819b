"""Any text survives as an answer: quotes, backslashes, newlines, emoji, and code-shaped text."""

import ast
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from template_answers import problems, python, quoted

from ..commands import ruff
from ..rendering import COMBINATIONS, command, render

AWKWARD = [
    "Ann's Shop",
    'The "Best" Shop',
    """'both' "kinds\"""",
    "'''\"\"\"",
    '""',
    "back\\slash \\n \\u0041 \\",
    "two\nlines\r\nand\ta tab",
    "\n",
    "naïve — 東京 — שלום",
    "🚀 👩\u200d💻 \U0010fffd",
    "\u2028\u2029\ufeff\u200b\u202e\ufffe\xa0\xad",
    "{{ 7 }} {% raw %} {# no #} {{",
    "{{ ''.__class__ }}",
    "%s %(name)s {0} {name!r} $HOME `id` $(id) ${HOME}",
    "- key: [value, {a: b}] # no comment",
    "[tool.ruff]\nline-length = 1",
    "yes",
    "null",
    "1e3",
    "~",
    "*anchor &anchor !tag @at",
    "name = \"x\"\n'''\n",
    '"""); import os; os._exit(1); ("""',
    "</script><b>&amp;",
    "# heading",
    "x" * 300,
    "word " * 60,
    *("x" * length for length in range(55, 100, 4)),
]
# What templates are given: no control characters, which are refused, and no lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"))
TRICKY = st.text("\"'\\{}%#$`:,-[]()\n\t nu0xé🚀\u2028", max_size=30)
FREE_TEXT = ("project_name", "description", "author_name")


@given(st.text(st.characters(exclude_categories=["Cs"])) | TRICKY)
def test_quoted_is_the_same_text_in_json_toml_and_yaml(text: str):
    literal = quoted(text)
    assert json.loads(literal) == text
    assert tomllib.loads(f"text = {literal}")["text"] == text
    assert yaml.safe_load(f"text: {literal}")["text"] == text
    assert yaml.safe_load(f"[{literal}, {literal}]") == [text, text]
    assert len(literal.splitlines()) == 1


@given(st.text(st.characters(exclude_categories=["Cs"])) | TRICKY)
def test_python_is_the_same_text_in_python(text: str):
    assert ast.literal_eval(python(text)) == text
    assert len(python(text).splitlines()) == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXT | TRICKY, min_size=40, max_size=80))
def test_python_is_as_ruff_would_write_it(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
):
    module = tmp_path_factory.mktemp("python") / "texts.py"
    lines = [f"    {python(text)},\n" for text in [*texts, *AWKWARD]]
    module.write_text(f"TEXTS = [\n{''.join(lines)}]\n", encoding="utf-8")
    ruff(module.parent, "format", "--isolated", "--diff", module.name)


@pytest.mark.parametrize("text", ["🚀", "👩\u200d💻", "Café", "東京"])
def test_what_people_read_is_written_as_they_read_it(text: str):
    assert quoted(text) == python(text) == f'"{text}"'


@pytest.mark.parametrize("literal", [quoted, python])
def test_half_a_character_is_no_text(literal: Callable[[str], str]):
    with pytest.raises(UnicodeEncodeError):
        literal("\ud83d")
    assert "project_name" in problems({"project_name": "\ud83d"})


def texts_in(project: Path) -> Iterator[str]:
    """Every text in the project's structured files; fails where one of them cannot be read.

    Of the engine's none: it is copied without being rendered, and free text is elsewhere (the last test but one).
    """
    for path in project.rglob("*"):
        if path.relative_to(project).parts[0] == "manydb":
            continue
        if path.suffix == ".py":
            tree = ast.parse(path.read_text(encoding="utf-8"), path)
            yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        elif path.suffix == ".toml":
            yield from leaves(tomllib.loads(path.read_text(encoding="utf-8")))
        elif path.suffix in (".yaml", ".yml") and "rds_proxy" not in path.parts:
            for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                yield from leaves(document)


def leaves(tree: object) -> Iterator[str]:
    match tree:
        case dict():
            for key, value in tree.items():
                yield from [*leaves(key), *leaves(value)]
        case list():
            for value in tree:
                yield from leaves(value)
        case str():
            yield tree


def assert_survives(project: Path, answers: dict[str, str]) -> None:
    """The three free texts are in the files whole, and every file is still what it should be."""
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["name"] == "my_project"
    assert metadata["description"] == answers["description"]
    # A line break in an author would end the header "Author" of the installed metadata.
    author = " ".join(answers["author_name"].splitlines())
    assert metadata["authors"] == [{"name": author}]

    base = ast.parse((project / "my_project/settings/base.py").read_text(encoding="utf-8"))
    assert answers["project_name"] in [
        ast.literal_eval(node.value)
        for node in base.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PROJECT_NAME"
    ]

    assert list(texts_in(project))
    assert dotenv_values(project / ".env.example") == {
        "SECRET_KEY": "",
        "TENANTS": "acme,globex",
        "BASE_DOMAIN": "localhost",
    }


def assert_clean(project: Path) -> None:
    ruff(project, "format", "--diff", ".")
    ruff(project, "check", ".")


def three_by_three(texts: list[str]) -> list[dict[str, str]]:
    """Answers that hold every text in each of the three fields, three of them in one project."""
    return [
        dict(zip(FREE_TEXT, (text, texts[i - 1], texts[i - 2]), strict=True))
        for i, text in enumerate(texts)
        if text.strip() and texts[i - 2].strip()
    ]


@pytest.mark.parametrize(
    "answers", three_by_three(AWKWARD), ids=lambda a: ascii(a["project_name"])[:30]
)
def test_awkward_text_survives_everywhere_and_the_project_stays_clean(
    template: Path, tmp_path: Path, answers: dict[str, str]
):
    project = render({**answers, "project_slug": "my_project"}, tmp_path, template)

    assert_survives(project, answers)
    assert dotenv_values(project / ".env").keys() == dotenv_values(project / ".env.example").keys()
    assert_clean(project)


@pytest.mark.parametrize("length", [1, *range(16, 31)])
def test_names_of_any_length_leave_the_project_clean(template: Path, tmp_path: Path, length: int):
    tenants = ",".join(letter * length for letter in "abcdefghij")
    answers = COMBINATIONS[length * 10] | {"project_slug": "s" * length, "tenants": tenants}
    assert_clean(render(answers, tmp_path, template))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(*[(TEXT | TRICKY).filter(str.strip)] * 3))
def test_any_text_survives_everywhere(
    template: Path, tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, ...]
):
    answers = dict(zip(FREE_TEXT, texts, strict=True))
    output = tmp_path_factory.mktemp("any-text")
    slug = {"project_slug": "my_project"}
    assert_survives(render({**answers, **slug}, output, template, accept_hooks=False), answers)


def test_free_text_is_only_where_it_is_escaped_or_read_by_people(template: Path, tmp_path: Path):
    marker = "QQmarkerQQ"
    answers = {field: f"{marker}{n}\"'\\" for n, field in enumerate(FREE_TEXT)}
    project = render({**answers, "project_slug": "my_project"}, tmp_path, template)
    found = {
        path.relative_to(project).as_posix()
        for path in project.rglob("*")
        if path.is_file() and marker in path.read_text(encoding="utf-8")
    }
    # Those that are parsed by the tests above, and Markdown.
    assert found == {"pyproject.toml", "my_project/settings/base.py", "README.md"}
    whole = {text for text in texts_in(project) if isinstance(text, str) and marker in text}
    assert whole == set(answers.values())


def test_text_that_looks_like_a_template_survives_a_prompt(template: Path, tmp_path: Path):
    description = """{{ 7 }} {% endraw %} "%s" \\ $HOME 🚀"""
    typed = ["", "", description, *[""] * 9]
    run = command(template, tmp_path, str(template), typed="\n".join(typed) + "\n")
    assert run.returncode == 0, run.stderr
    metadata = tomllib.loads((tmp_path / "my_project/pyproject.toml").read_text(encoding="utf-8"))
    assert metadata["project"]["description"] == description
