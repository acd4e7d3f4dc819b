"""Answers that are refused: which, how and when."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from template_answers import EXAMPLES, QUESTIONS, problems

from ..answers import ANSWERS, ASKED, replay
from ..rendering import ROOT, command

# Answers on the command line, the field that is refused, and a few words of the reason.
REFUSED = [
    ({"project_name": "  "}, "project_name", "empty"),
    ({"project_name": "a\x1b[31mb"}, "project_name", r"'\x1b', which is not printable"),
    ({"project_name": "🚀"}, "project_slug", "must be lower-case letters, digits and '_'"),
    ({"project_name": "2024 plans"}, "project_slug", "must be lower-case letters, digits and '_'"),
    ({"project_name": "Django"}, "project_slug", "a dependency of the project"),
    ({"project_slug": "MyProject"}, "project_slug", "must be lower-case letters, digits and '_'"),
    ({"project_slug": "my-project"}, "project_slug", "must be lower-case letters, digits and '_'"),
    (
        {"project_slug": "../my_project"},
        "project_slug",
        "must be lower-case letters, digits and '_'",
    ),
    ({"project_slug": "café"}, "project_slug", "must be lower-case letters, digits and '_'"),
    ({"project_slug": "_mine"}, "project_slug", "must be lower-case letters, digits and '_'"),
    ({"project_slug": "mine_"}, "project_slug", "not end with '_'"),
    ({"project_slug": "s" * 31}, "project_slug", "longer than 30 characters"),
    ({"project_slug": "class"}, "project_slug", "a keyword of Python"),
    ({"project_slug": "email"}, "project_slug", "standard library"),
    ({"project_slug": "test"}, "project_slug", "standard library"),
    ({"project_slug": "celery"}, "project_slug", "a dependency of the project"),
    ({"project_slug": "psycopg"}, "project_slug", "a dependency of the project"),
    ({"project_slug": "legacy"}, "project_slug", "a folder or an app of the project"),
    ({"project_slug": "users"}, "project_slug", "a folder or an app of the project"),
    ({"project_slug": "mysql"}, "project_slug", "a database that servers keep"),
    ({"project_slug": "aux"}, "project_slug", "a device name on Windows"),
    ({"author_name": ""}, "author_name", "empty"),
    ({"pooling": "pgbouncer"}, "pooling", "database_engine is 'mysql'"),
    (
        {"database_engine": "postgresql", "pooling": "pgbouncer", "database_auth": "rds_iam"},
        "database_auth",
        "pooling 'pgbouncer'",
    ),
    ({"tenants": ","}, "tenants", "holds '', which is empty"),
    ({"tenants": "acme,,globex"}, "tenants", "holds '', which is empty"),
    ({"tenants": "acme, "}, "tenants", "holds '', which is empty"),
    (
        {"tenants": "acme;globex"},
        "tenants",
        "holds 'acme;globex', which is not a lower-case letter",
    ),
    ({"tenants": "acme,Globex"}, "tenants", "holds 'Globex', which is not a lower-case letter"),
    ({"tenants": "acme,1globex"}, "tenants", "holds '1globex', which is not a lower-case letter"),
    ({"tenants": "acme," + "g" * 31}, "tenants", "at most 29 lower-case letters"),
    ({"tenants": "acme,default"}, "tenants", "holds 'default', which is a name that the project"),
    ({"tenants": "accounts"}, "tenants", "holds 'accounts', which is a name that the project"),
    ({"tenants": "testclient"}, "tenants", "holds 'testclient', which is a name that the project"),
    ({"tenants": "acme,acme_ro"}, "tenants", "holds 'acme_ro', which ends in '_ro'"),
    ({"tenants": "acme,acme_ro2"}, "tenants", "holds 'acme_ro2', which ends in '_ro'"),
    ({"tenants": "acme,globex, acme"}, "tenants", "holds 'acme', which is repeated"),
]
# What only a replay file can hold: elsewhere cookiecutter itself refuses it.
REFUSED_IN_REPLAYS = [
    ({"router": "clever"}, "router", "must be one of simple, tenant, replica"),
    ({"legacy_models": "no"}, "legacy_models", "must be true or false"),
    ({"tenants": ["acme"]}, "tenants", "not text"),
    ({"description": None}, "description", "not text"),
    ({"author_name": "\ud83d"}, "author_name", r"'\ud83d', which is not printable"),
]


def refused_id(value: Any) -> str | None:
    return ",".join(map(repr, value.values())) if isinstance(value, dict) else None


def with_derived_slug(answers: dict[str, Any]) -> dict[str, Any]:
    """The default answers with these; each bad name of the table has its bad slug beside it."""
    derived = {"🚀": "", "2024 plans": "2024_plans", "Django": "django"}
    slug = {"project_slug": derived.get(str(answers.get("project_name")), "my_project")}
    return ANSWERS | slug | answers


# A refused slug is answered with the nearest one that is valid.
NEAREST = {
    "MyProject": "myproject",
    "my-project": "my_project",
    "../my_project": "my_project",
    "café": "caf",
    "_mine": "mine",
    "mine_": "mine",
    "s" * 31: "s" * 30,
}


def assert_sentence(line: str, field: str, answer: Any, reason: str) -> None:
    """One sentence that names the field, the answer, what is wrong, and a valid answer."""
    assert line.startswith(f"{field} {answer!r} ")
    assert reason in line
    example = NEAREST.get(answer, EXAMPLES[field]) if isinstance(answer, str) else EXAMPLES[field]
    assert line.endswith(f"; a valid answer is {example!r}.")
    assert "\n" not in line


@pytest.mark.parametrize("answers, field, reason", REFUSED, ids=refused_id)
def test_a_bad_answer_on_the_command_line_is_refused_in_one_sentence_and_leaves_nothing(
    template: Path, tmp_path: Path, answers: dict[str, str], field: str, reason: str
):
    arguments = [f"{name}={value}" for name, value in answers.items()]
    run = command(template, tmp_path / "out", str(template), "--no-input", *arguments)

    assert run.returncode == 1
    assert_sentence(run.stderr.rstrip("\n"), field, with_derived_slug(answers)[field], reason)
    assert run.stdout == ""
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("answers, field, reason", REFUSED + REFUSED_IN_REPLAYS, ids=refused_id)
def test_a_rule_is_a_matter_of_the_answers_alone(answers: dict[str, Any], field: str, reason: str):
    answers = with_derived_slug(answers)
    (refused,) = problems(answers).items()
    assert refused[0] == field
    assert_sentence(refused[1], field, answers[field], reason)


@pytest.mark.parametrize(
    "field, typed",
    [
        ("project_name", [" \t"]),
        ("project_slug", ["", "class"]),
        ("author_name", ["", "", "", " \t"]),
        ("pooling", ["", "", "", "", "", "1", "", "3"]),
        ("database_auth", ["", "", "", "", "", "2", "", "3", "", "2"]),
        ("tenants", ["", "", "", "", "", "", "", "", "", "", "acme,acme"]),
    ],
)
def test_a_bad_answer_at_the_prompt_is_refused_before_the_next_question(
    template: Path, tmp_path: Path, field: str, typed: list[str]
):
    run = command(template, tmp_path / "out", str(template), typed="\n".join(typed) + "\n" * 12)

    asked = re.findall(r"\[(\d+)/12\]", run.stdout)
    assert run.returncode == 1
    assert asked == [str(n) for n in range(1, list(ASKED).index(field) + 2)]
    assert run.stderr.startswith(f"{field} ") and run.stderr.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "answers, field, reason", REFUSED_IN_REPLAYS + REFUSED[::6] + REFUSED[-1:], ids=refused_id
)
def test_a_bad_answer_in_a_replay_file_is_refused_in_one_sentence_and_leaves_nothing(
    template: Path, tmp_path: Path, answers: dict[str, Any], field: str, reason: str
):
    answers = with_derived_slug(answers)
    private = {name: value for name, value in QUESTIONS.items() if name.startswith("_")}
    stored = answers | private | {name: "yes" for name in private if name.endswith("_checked")}
    run = command(template, tmp_path / "out", str(template), replay(tmp_path, stored))

    # Cookiecutter's own traceback is on standard output.
    title, sentence = run.stderr.strip().split("\n\n  * ")
    assert run.returncode == 1
    assert title == "These answers cannot be used, and nothing was rendered:"
    assert_sentence(sentence, field, answers[field], reason)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_choice_that_is_not_offered_leaves_nothing(template: Path, tmp_path: Path):
    # Cookiecutter refuses it before it reads anything of the template: the traceback is its own.
    run = command(template, tmp_path / "out", str(template), "--no-input", "router=clever")

    assert run.returncode != 0
    assert "clever provided for choice variable router" in run.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_no_slug_can_hide_something_of_the_project_or_be_hidden_by_it(
    rendered: Callable[..., Path],
):
    # The project with the most in it: what other answers add is in it as well.
    project = rendered(accept_hooks=False)
    # Of all answers, so it is not the rendered file.
    source = (ROOT / "{{cookiecutter.project_slug}}/pyproject.toml").read_text(encoding="utf-8")
    requirements = re.findall(r'"([a-z][\w.-]*)[^"\n]*[>~]=', source)
    assert {"tqdm", "celery", "boto3", "hvac", "hatchling"} <= set(requirements)
    distributions = {requirement.lower() for requirement in requirements}
    folders = {path.name for path in project.iterdir() if path.is_dir()} - {"my_project"}
    modules = {path.stem for path in project.glob("*.py")}
    apps = {path.parent.name for path in project.glob("my_project/*/apps.py")}
    ignored = re.findall(r"^/(\w+)/", (project / ".gitignore").read_text(encoding="utf-8"), re.M)

    names = distributions | folders | modules | apps | set(ignored)
    slugs = {name.replace("-", "_") for name in names if not name.startswith(".")}
    assert {"django", "environs", "tests", "manage", "var", "dist"} <= slugs
    allowed = {slug for slug in slugs if "project_slug" not in problems({"project_slug": slug})}
    assert allowed == set()
