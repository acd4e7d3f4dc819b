"""A project made with cruft is clean from birth, and updates keep its secret."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ..rendering import command

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
        pytest.param("{}", marks=pytest.mark.long),
        pytest.param(
            '{"database_engine": "postgresql", "router": "tenant", "pooling": "pgbouncer"}',
            marks=pytest.mark.long,
        ),
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


def test_a_new_engine_changes_one_folder_of_a_project(repository: Path, tmp_path: Path):
    project = create(repository, tmp_path / "work")
    commit(project, "Made with cruft")
    module = repository / "{{cookiecutter.project_slug}}/manydb/core/locks.py"
    module.write_text(module.read_text(encoding="utf-8") + "\nNEW = {{}}\n", encoding="utf-8")
    commit(repository, "A new engine")

    check = command(repository, project, "check", tool="cruft")
    assert check.returncode == 1, check.stdout + check.stderr
    update = command(repository, project, "update", "--skip-apply-ask", tool="cruft")
    assert update.returncode == 0, update.stdout + update.stderr

    assert changed(project) == {".cruft.json", "manydb/core/locks.py"}
    assert (project / "manydb/core/locks.py").read_text("utf-8").endswith("\nNEW = {{}}\n")
    assert command(repository, project, "check", tool="cruft").returncode == 0


def test_answers_can_change_later(repository: Path, tmp_path: Path):
    project = create(repository, tmp_path / "work")
    commit(project, "Made with cruft")
    answers = '{"router": "tenant", "database_engine": "postgresql"}'

    update = command(
        repository,
        project,
        *("update", "--skip-apply-ask", "--variables-to-update", answers),
        tool="cruft",
    )

    assert update.returncode == 0, update.stdout + update.stderr
    assert not list(project.rglob("*.rej"))
    diff = command(repository, project, "diff", "--exit-code", tool="cruft")
    assert (diff.returncode, diff.stdout) == (0, "")
    assert (project / "manydb/tenants/models.py").exists()
    assert (project / "deploy/postgresql").exists() and not (project / "deploy/mysql").exists()


def test_a_project_made_with_cookiecutter_can_be_linked(repository: Path, tmp_path: Path):
    made = command(repository, tmp_path / "work", str(repository), "--no-input", "router=replica")
    assert made.returncode == 0, made.stderr
    project = tmp_path / "work/my_project"
    commit(project, "Made with cookiecutter")
    answers = '--extra-context={"router": "replica"}'

    link = command(
        repository, project, "link", str(repository), "--no-input", answers, tool="cruft"
    )

    assert link.returncode == 0, link.stdout + link.stderr
    assert changed(project) == {".cruft.json"}
    diff = command(repository, project, "diff", "--exit-code", tool="cruft")
    assert (diff.returncode, diff.stdout) == (0, "")


def changed(project: Path) -> set[str]:
    """The paths that git would commit."""
    done = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line[3:] for line in done.stdout.splitlines()}
