"""The twelve questions: what they offer, and what they refuse, how and when."""

import json
import re
import tomllib
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from template_answers import EXAMPLES, QUESTIONS, problems

from .renderings import ALTERNATIVES, COMBINATIONS, DEFAULTS, command, render

ASKED = {field: value for field, value in QUESTIONS.items() if not field.startswith("_")}
PROMPTS = QUESTIONS["__prompts__"]
ANSWERS = {field: value[0] if isinstance(value, list) else value for field, value in ASKED.items()}
ANSWERS["project_slug"] = "my_project"

# Answers on the command line, the field that is refused, and a few words of the reason.
REFUSED = [
    ({"project_name": "  "}, "project_name", "empty"),
    ({"project_name": "a\x1b[31mb"}, "project_name", r"'\x1b', which is no printable"),
    ({"project_name": "🚀"}, "project_slug", "lower-case ASCII identifier"),
    ({"project_name": "2024 plans"}, "project_slug", "lower-case ASCII identifier"),
    ({"project_name": "Django"}, "project_slug", "a dependency of the project"),
    ({"project_slug": "MyProject"}, "project_slug", "lower-case ASCII identifier"),
    ({"project_slug": "my-project"}, "project_slug", "lower-case ASCII identifier"),
    ({"project_slug": "../my_project"}, "project_slug", "lower-case ASCII identifier"),
    ({"project_slug": "café"}, "project_slug", "lower-case ASCII identifier"),
    ({"project_slug": "_mine"}, "project_slug", "lower-case ASCII identifier"),
    ({"project_slug": "mine_"}, "project_slug", "does not end with '_'"),
    ({"project_slug": "s" * 31}, "project_slug", "longer than 30 characters"),
    ({"project_slug": "class"}, "project_slug", "a keyword of Python"),
    ({"project_slug": "email"}, "project_slug", "standard library"),
    ({"project_slug": "test"}, "project_slug", "standard library"),
    ({"project_slug": "psycopg"}, "project_slug", "a dependency of the project"),
    ({"project_slug": "legacy"}, "project_slug", "a folder or an app of the project"),
    ({"project_slug": "mysql"}, "project_slug", "a database that servers keep"),
    ({"project_slug": "aux"}, "project_slug", "a device name on Windows"),
    ({"author_name": ""}, "author_name", "empty"),
    ({"pooling": "pgbouncer"}, "pooling", "database_engine is 'mysql'"),
    (
        {"database_engine": "postgresql", "pooling": "pgbouncer", "database_auth": "rds_iam"},
        "database_auth",
        "pooling 'pgbouncer'",
    ),
    ({"tenants": ""}, "tenants", "holds '', which is empty"),
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
    ({"router": "clever"}, "router", "none of simple, tenant, replica"),
    ({"legacy_models": "no"}, "legacy_models", "neither true nor false"),
    ({"tenants": ["acme"]}, "tenants", "not text"),
    ({"description": None}, "description", "not text"),
    ({"author_name": "\ud83d"}, "author_name", r"'\ud83d', which is no printable"),
]


def refused_id(value: Any) -> str | None:
    return ",".join(map(repr, value.values())) if isinstance(value, dict) else None


def with_derived_slug(answers: dict[str, Any]) -> dict[str, Any]:
    """The default answers with these; each bad name of the table has its bad slug beside it."""
    derived = {"🚀": "", "2024 plans": "2024_plans", "Django": "django"}
    slug = {"project_slug": derived.get(str(answers.get("project_name")), "my_project")}
    return ANSWERS | slug | answers


def assert_sentence(line: str, field: str, answer: Any, reason: str) -> None:
    """One sentence that names the field, the answer, what is wrong, and a valid answer."""
    assert line.startswith(f"{field} {answer!r} ")
    assert reason in line
    assert line.endswith(f"; a valid answer is {EXAMPLES[field]!r}.")
    assert "\n" not in line


def replay(folder: Path, answers: dict[str, Any]) -> str:
    file = folder / "answers.json"
    file.write_text(json.dumps({"cookiecutter": answers}), encoding="utf-8")
    return f"--replay-file={file}"


def test_the_names_and_values_of_the_questions_are_those_that_users_and_checks_rely_on():
    assert list(ASKED) == [
        "project_name", "project_slug", "description", "author_name", "django_version",
        "database_engine", "router", "pooling", "parameter_store", "database_auth", "tenants",
        "legacy_models",
    ]  # fmt: skip
    assert ALTERNATIVES == {
        "django_version": ["5.2", "6.1"],
        "database_engine": ["mysql", "postgresql"],
        "router": ["simple", "tenant", "replica"],
        "pooling": ["none", "rds_proxy", "pgbouncer"],
        "parameter_store": ["environment", "aws_ssm", "aws_secrets_manager"],
        "database_auth": ["password", "rds_iam"],
        "legacy_models": [True, False],
    }
    assert (ASKED["project_name"], ASKED["tenants"]) == ("My Project", "acme,globex")


@pytest.mark.parametrize("field", ASKED)
def test_every_question_has_a_label_and_every_choice_one_too(field: str):
    labels = PROMPTS[field] if isinstance(PROMPTS[field], dict) else {"__prompt__": PROMPTS[field]}
    choices = ASKED[field] if isinstance(ASKED[field], list) else []
    assert list(labels) == ["__prompt__", *choices]
    # Rich reads square brackets as markup and swallows them.
    assert not any(set("[]") & set(label) for label in labels.values())


def test_what_is_valid_is_every_combination_but_pgbouncer_with_mysql_or_iam():
    assert len(COMBINATIONS) == 324
    assert all(
        answers["database_engine"] == "postgresql" and answers["database_auth"] == "password"
        for answers in COMBINATIONS
        if answers["pooling"] == "pgbouncer"
    )
    assert sum(answers["pooling"] == "pgbouncer" for answers in COMBINATIONS) == 36


def test_the_defaults_and_every_example_in_a_refusal_are_valid():
    assert problems(ANSWERS) == {}
    assert EXAMPLES.keys() == ASKED.keys()
    assert problems(ANSWERS | EXAMPLES) == {}


@pytest.mark.parametrize(
    "tenants", ["a", "acme", " acme , globex ", "a" * 30, "acme_eu,acme_us2", "default_", "roro"]
)
def test_tenants_may_be_any_lower_case_names_with_spaces_around_them(tenants: str):
    assert problems(ANSWERS | {"tenants": tenants}) == {}


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


def test_a_replay_file_written_by_hand_needs_only_the_answers(template: Path, tmp_path: Path):
    answers = ANSWERS | {"project_slug": "by_hand", "tenants": "initech , hooli"}
    run = command(template, tmp_path / "out", str(template), replay(tmp_path, answers))

    assert run.returncode == 0, run.stderr
    assert "TENANTS=initech,hooli\n" in (tmp_path / "out/by_hand/.env").read_text(encoding="utf-8")


def test_a_project_can_be_asked_for_by_hand(template: Path, tmp_path: Path):
    typed = [
        "Ann's {{ 7 }}",
        "anns",
        '"%s" \\ 🚀',
        "Ann",
        "1",
        "2",
        "3",
        "3",
        "1",
        "1",
        "a, b",
        "n",
    ]
    run = command(template, tmp_path / "out", str(template), typed="\n".join(typed) + "\n")

    assert run.returncode == 0, run.stderr
    project = tomllib.loads((tmp_path / "out/anns/pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["description"] == '"%s" \\ 🚀'
    assert "TENANTS=a,b\n" in (tmp_path / "out/anns/.env").read_text(encoding="utf-8")
    assert (tmp_path / "out/anns/deploy/pgbouncer").is_dir()
    assert not (tmp_path / "out/anns/legacy").exists()


def test_a_choice_that_is_not_offered_leaves_nothing(template: Path, tmp_path: Path):
    # Cookiecutter refuses it before it reads anything of the template: the traceback is its own.
    run = command(template, tmp_path / "out", str(template), "--no-input", "router=clever")

    assert run.returncode != 0
    assert "clever provided for choice variable router" in run.stderr
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "name, slug",
    [
        ("My Project", "my_project"),
        ("Ann's Café & Bar", "ann_s_cafe_bar"),
        ("東京", "dong_jing"),
        ("The Extraordinarily Long Name of a Conference", "the_extraordinarily_long_name"),
    ],
)
def test_the_slug_is_derived_from_the_name(template: Path, tmp_path: Path, name: str, slug: str):
    assert render({"project_name": name}, tmp_path, template).name == slug


def test_no_slug_can_hide_something_of_the_project_or_be_hidden_by_it(
    rendered: Callable[..., Path],
):
    # The project with the most in it: what other answers add is in it as well.
    project = rendered(accept_hooks=False)
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    requirements = [
        *metadata["project"]["dependencies"],
        *chain(*metadata["project"]["optional-dependencies"].values()),
        *chain(*metadata["dependency-groups"].values()),
        *metadata["build-system"]["requires"],
    ]
    distributions = {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in requirements}
    folders = {path.name for path in project.iterdir() if path.is_dir()} - {"my_project"}
    modules = {path.stem for path in project.glob("*.py")}
    apps = {path.parent.name for path in project.glob("my_project/*/apps.py")}
    ignored = re.findall(r"^/(\w+)/", (project / ".gitignore").read_text(encoding="utf-8"), re.M)

    names = distributions | folders | modules | apps | set(ignored)
    slugs = {name.replace("-", "_") for name in names if not name.startswith(".")}
    assert {"django", "environs", "tests", "manage", "databases", "dist"} <= slugs
    allowed = {slug for slug in slugs if "project_slug" not in problems({"project_slug": slug})}
    assert allowed == set()


def test_a_key_that_is_no_question_changes_nothing(template: Path, tmp_path: Path):
    # Cookiecutter says nothing about it: a misspelt key gives the default answer.
    run = command(
        template, tmp_path / "out", str(template), "--no-input", "databse_engine=postgresql"
    )

    assert run.returncode == 0, run.stderr
    assert not (tmp_path / "out/my_project/deploy/postgresql").exists()


def test_the_longest_names_are_accepted(template: Path, tmp_path: Path):
    answers = DEFAULTS | {"project_slug": "s" * 30, "tenants": "t" * 30}
    assert render(answers, tmp_path, template).name == "s" * 30
