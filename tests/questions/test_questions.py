"""The twelve questions: what they offer, and the ways to answer them."""

import tomllib
from pathlib import Path

import pytest

from template_answers import EXAMPLES, QUESTIONS, problems

from ..answers import ANSWERS, ASKED, replay
from ..rendering import ALTERNATIVES, COMBINATIONS, DEFAULTS, command, render


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
        "parameter_store": ["environment", "aws_ssm", "aws_secrets_manager", "vault"],
        "database_auth": ["password", "rds_iam"],
        "legacy_models": [True, False],
    }
    assert (ASKED["project_name"], ASKED["tenants"]) == ("My Project", "acme,globex")


@pytest.mark.parametrize("field", ASKED)
def test_every_question_has_a_label_and_every_choice_one_too(field: str):
    prompt = QUESTIONS["__prompts__"][field]
    labels = prompt if isinstance(prompt, dict) else {"__prompt__": prompt}
    choices = ASKED[field] if isinstance(ASKED[field], list) else []
    assert list(labels) == ["__prompt__", *choices]
    # Rich reads square brackets as markup and swallows them.
    assert not any(set("[]") & set(label) for label in labels.values())


def test_what_is_valid_is_every_combination_but_pgbouncer_with_mysql_or_iam():
    assert len(COMBINATIONS) == 432
    assert all(
        answers["database_engine"] == "postgresql" and answers["database_auth"] == "password"
        for answers in COMBINATIONS
        if answers["pooling"] == "pgbouncer"
    )
    assert sum(answers["pooling"] == "pgbouncer" for answers in COMBINATIONS) == 48


def test_the_defaults_and_every_example_in_a_refusal_are_valid():
    assert problems(ANSWERS) == {}
    assert EXAMPLES.keys() == ASKED.keys()
    assert problems(ANSWERS | EXAMPLES) == {}


@pytest.mark.parametrize(
    "tenants", ["a", "acme", " acme , globex ", "a" * 30, "acme_eu,acme_us2", "default_", "roro"]
)
def test_tenants_may_be_any_lower_case_names_with_spaces_around_them(tenants: str):
    assert problems(ANSWERS | {"tenants": tenants}) == {}


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
