"""A project made with cruft is clean from birth, and updates keep its secret."""

import shutil
import subprocess
from pathlib import Path

import pytest

from .renderings import command

AUTHOR = ("-c", "user.name=A", "-c", "user.email=a@example.com")


def git(folder: Path, *arguments: str) -> None:
    # The folder may be below a repository; it must not be mistaken for it.
    subprocess.run(["git", *AUTHOR, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={message}")


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Path:
    """The template in a repository of its own, as it would be cloned from."""
    shutil.copytree(template.parent, tmp_path / "clone")
    commit(tmp_path / "clone/template", "The template")
    return tmp_path / "clone/template"


def create(repository: Path, folder: Path, *options: str) -> Path:
    run = command(
        repository, folder, "create", str(repository), "--no-input", *options, tool="cruft"
    )
    assert run.returncode == 0, run.stderr
    return folder / "my_project"


@pytest.mark.parametrize(
    "answers",
    [
        "{}",
        '{"database_engine": "postgresql", "router": "tenant", "pooling": "pgbouncer"}',
        '{"router": "replica", "legacy_models": "no", "tenants": "a , b", "description": "\\" 🚀"}',
    ],
)
def test_there_is_no_difference_to_the_template_after_birth(
    repository: Path, tmp_path: Path, answers: str
):
    project = create(repository, tmp_path / "work", f"--extra-context={answers}")
    assert (project / ".env").exists()

    diff = command(repository, project, "diff", "--exit-code", tool="cruft")

    # Standard output is a patch, for `git apply`: hooks must print nothing there.
    assert (diff.returncode, diff.stdout) == (0, "")


def test_a_change_of_the_project_is_a_difference(repository: Path, tmp_path: Path):
    project = create(repository, tmp_path / "work")
    (project / "manage.py").write_text("# mine\n", encoding="utf-8")
    diff = command(repository, project, "diff", "--exit-code", tool="cruft")
    assert diff.returncode == 1
    assert "# mine" in diff.stdout


def test_an_update_keeps_the_secret_and_may_use_filters_that_came_with_it(
    repository: Path, tmp_path: Path
):
    project = create(repository, tmp_path / "work")
    secret = (project / ".env").read_bytes()
    commit(project, "Made with cruft")
    with open(repository / "template_answers.py", "a", encoding="utf-8") as module:
        module.write('\n\nFILTERS["shouted"] = str.upper\n')
    news = repository / "{{cookiecutter.project_slug}}/NEWS.md"
    news.write_text("{{ cookiecutter.project_name | shouted }}\n", encoding="utf-8")
    commit(repository, "News, with a filter of its own")

    update = command(repository, project, "update", "--skip-apply-ask", tool="cruft")

    assert update.returncode == 0, update.stdout + update.stderr
    assert (project / "NEWS.md").read_text(encoding="utf-8") == "MY PROJECT\n"
    assert (project / ".env").read_bytes() == secret


def test_a_bad_answer_is_refused_in_one_sentence(repository: Path, tmp_path: Path):
    answers = '--extra-context={"tenants": "acme,acme"}'
    run = command(
        repository,
        tmp_path / "work",
        "create",
        str(repository),
        "--no-input",
        answers,
        tool="cruft",
    )
    assert run.returncode == 1
    assert run.stderr.startswith("tenants 'acme,acme' holds 'acme', which is repeated; a valid ")
    assert run.stderr.count("\n") == 1
    assert list((tmp_path / "work").iterdir()) == []


def test_the_answers_that_cruft_keeps_in_the_project_hold_no_secret(
    repository: Path, tmp_path: Path
):
    project = create(repository, tmp_path / "work")
    secret = (project / ".env").read_text(encoding="utf-8").split("SECRET_KEY=")[1].split()[0]
    assert secret not in (project / ".cruft.json").read_text(encoding="utf-8")
