"""The hooks: they leave what was asked for, a secret made once, and the next commands to type."""

import ast
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from ..commands import manage
from ..projects.test_projects import passes_its_tests
from ..rendering import (
    DEFAULTS,
    ROOT,
    command,
    copy_template,
    in_every_rendering,
    in_tiers,
    name_of,
    render,
)

HOOKS = sorted((ROOT / "hooks").glob("*.py"))

# The contract, beside the table of the hook: which answers keep which optional path.
KEPT: dict[str, Callable[[dict[str, Any]], bool]] = {
    """manydb/tenants my_project/settings/tenants.py
    tests/test_tenants.py deploy/kubernetes""": lambda a: a["router"] == "tenant",
    """manydb/replicas manydb/testing/lagging_replicas.py
    manydb/fleet/shards.py manydb/fleet/worker.py manydb/fleet/workers.py""": lambda a: (
        a["router"] != "simple"
    ),
    """my_project/accounts my_project/conferences tests/legacy legacy
    my_project/views.py my_project/templates""": lambda a: a["legacy_models"],
    "legacy/accounts/mysql.sql legacy/conferences/mysql.sql": lambda a: (
        a["legacy_models"] and a["database_engine"] == "mysql"
    ),
    "legacy/accounts/postgresql.sql legacy/conferences/postgresql.sql": lambda a: (
        a["legacy_models"] and a["database_engine"] == "postgresql"
    ),
    "my_project/settings/content_security_policy.py": lambda a: a["django_version"] == "6.1",
    "deploy/mysql": lambda a: a["database_engine"] == "mysql",
    "deploy/postgresql": lambda a: a["database_engine"] == "postgresql",
    "deploy/pgbouncer": lambda a: a["pooling"] == "pgbouncer",
    "deploy/rds_proxy": lambda a: a["pooling"] == "rds_proxy",
}
OPTIONAL = {path: kept for paths, kept in KEPT.items() for path in paths.split()}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def imported(hook: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(hook.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.stem)
def test_a_hook_needs_the_standard_library_only_and_neither_network_nor_programs(hook: Path):
    modules = {name.split(".")[0] for name in imported(hook)}
    assert modules
    assert modules <= sys.stdlib_module_names
    assert not modules & {"subprocess", "socket", "ssl", "urllib", "http", "ftplib", "asyncio"}
    assert "os.system" not in hook.read_text(encoding="utf-8")
    assert "os.exec" not in hook.read_text(encoding="utf-8")


@in_every_rendering
def test_only_what_the_answers_asked_for_stays(
    rendered: Callable[..., Path], answers: dict[str, Any]
):
    project = rendered(**answers)
    assert {path for path in OPTIONAL if (project / path).exists()} == {
        path for path, kept in OPTIONAL.items() if kept(answers)
    }
    # Nothing is emptied and left behind: git would lose the folder, and cruft see a difference.
    empty = [path for path in project.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert empty == []


def test_no_cache_of_python_reaches_a_project(tmp_path: Path):
    """Whoever ran the engine's tests in a clone has such folders in it, and cookiecutter copies manydb as it is."""
    template = copy_template(tmp_path)
    for folder in ("manydb", "manydb/core", "{{cookiecutter.project_slug}}"):
        cache = template / "{{cookiecutter.project_slug}}" / folder / "__pycache__"
        cache.mkdir()
        (cache / "aliases.cpython-311.pyc").write_bytes(b"\xff")

    project = render({}, tmp_path / "out", template)

    assert [path for path in project.rglob("*") if "__pycache__" in path.name] == []
    assert (project / "manydb/core/aliases.py").exists()


def test_every_path_that_the_hook_may_prune_is_in_the_template(rendered: Callable[..., Path]):
    tree = ast.parse((ROOT / "hooks/post_gen_project.py").read_text(encoding="utf-8"))
    (table,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "KEEP"
    )
    assert isinstance(table, ast.Dict)
    paths = [eval(ast.unparse(key), {"SLUG": "my_project"}) for key in table.keys if key]
    everything = rendered(accept_hooks=False)

    assert OPTIONAL.keys() == set(paths)
    assert [path for path in paths if not (everything / path).exists()] == []


def test_without_hooks_everything_is_there_but_a_secret(rendered: Callable[..., Path]):
    everything = rendered(accept_hooks=False)
    assert [path for path in OPTIONAL if not (everything / path).exists()] == []
    assert not (everything / ".env").exists()
    assert (everything / ".env.example").exists()


# Without hooks all have the same files. These two use the least and the most of them.
ALONE = [{"router": "simple", "legacy_models": False}, {"router": "tenant"}]


@pytest.mark.parametrize(
    "answers",
    in_tiers([*ALONE, {"router": "replica"}], ALONE),
    ids=name_of,
)
def test_a_project_without_hooks_starts_and_passes_its_tests(
    rendered: Callable[..., Path], tmp_path: Path, answers: dict[str, Any]
):
    everything = rendered(accept_hooks=False, **answers)
    project = Path(shutil.copytree(everything, tmp_path / "project"))
    manage(project, "check")
    manage(project, "bootstrap")
    passes_its_tests(project, sys.executable)


def test_env_holds_a_strong_secret_and_otherwise_what_the_example_says(
    rendered: Callable[..., Path],
):
    project = rendered()
    values = dotenv_values(project / ".env")
    example = dotenv_values(project / ".env.example")

    # As long as `check --deploy` wants, and of characters that no shell, URL or reader changes.
    assert re.fullmatch(r"[A-Za-z0-9_-]{50,}", values["SECRET_KEY"] or "")
    assert example["SECRET_KEY"] == ""
    assert values | {"SECRET_KEY": ""} == example
    assert values["TENANTS"] == "acme,globex"
    assert values["BASE_DOMAIN"] == "localhost"


def test_each_project_has_a_secret_of_its_own(rendered: Callable[..., Path]):
    first, second = rendered(), rendered(router="tenant")
    assert (
        dotenv_values(first / ".env")["SECRET_KEY"] != dotenv_values(second / ".env")["SECRET_KEY"]
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_env_is_for_its_owner_only(rendered: Callable[..., Path]):
    assert stat.S_IMODE((rendered() / ".env").stat().st_mode) == 0o600


def test_a_second_run_changes_nothing_and_keeps_what_its_owner_wrote(
    template: Path, tmp_path: Path
):
    project = render({"router": "tenant"}, tmp_path, template)
    (project / ".env").write_text("SECRET_KEY=mine\n", encoding="utf-8")
    (project / "my_project/shop.py").write_text("OPEN = True\n", encoding="utf-8")
    before = files(project)

    run = command(template, tmp_path, str(template), "--no-input", "-f", "router=tenant")

    assert run.returncode == 0, run.stderr
    assert files(project) == before


def test_the_next_steps_are_the_commands_for_these_answers(template: Path, tmp_path: Path):
    answers = ["tenants=big_shop,acme", "database_engine=postgresql", "django_version=6.1"]
    run = command(template, tmp_path, str(template), "--no-input", "-o", "my work", *answers)

    assert run.returncode == 0, run.stderr
    assert [line.strip() for line in run.stdout.splitlines() if line.startswith("    ")] == [
        "cd 'my work/my_project'",
        "make setup",
        "make run",
        "make test",
        "git init",
        'python -m pip install -e ".[postgresql]" --group dev',
    ]
    assert "Python 3.12 or newer" in run.stdout
    assert "http://localhost:8000/ and http://big-shop.localhost:8000/" in run.stdout


def test_the_next_steps_are_those_of_the_readme(template: Path, tmp_path: Path):
    run = command(template, tmp_path, str(template), "--no-input")
    steps = re.findall(r"^    (\S.*)", run.stdout, re.M)
    readme = (tmp_path / "my_project/README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)```", readme, re.M | re.S)

    assert steps[0] == "cd my_project"
    assert steps[1:3] == blocks[0].splitlines()
    assert {*steps[3:]} - {"git init"} <= {line for block in blocks for line in block.splitlines()}


def test_a_project_elsewhere_is_named_by_its_whole_path(template: Path, tmp_path: Path):
    (tmp_path / "here").mkdir()
    run = command(template, tmp_path / "here", str(template), "--no-input", "-o", str(tmp_path))
    assert f"    cd {tmp_path.resolve()}/my_project\n" in run.stdout


def test_a_terminal_that_cannot_show_the_path_still_gets_a_project(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    run = command(template, tmp_path / "café", str(template), "--no-input", "-o", "東京")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "café/東京/my_project/.env").exists()


def test_answers_cannot_run_code_in_a_hook(template: Path, tmp_path: Path):
    code = '"""); open("hacked", "w"); r("""\\'
    answers = {"description": code, "author_name": "\\" + code, "project_name": f"x{code}"}
    project = render({**answers, "project_slug": "my_project"}, tmp_path, template)

    assert not list(tmp_path.rglob("hacked"))
    assert (project / ".env").exists()


def test_a_failed_hook_leaves_nothing(template: Path, tmp_path: Path):
    stored = tmp_path / "answers.json"
    answers = {"project_slug": "my_project", "project_name": " ", "_extensions": []}
    stored.write_text(json.dumps({"cookiecutter": answers}), encoding="utf-8")
    run = command(template, tmp_path / "out", str(template), f"--replay-file={stored}")

    assert run.returncode != 0
    assert list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_while_the_hook_works_says_what_to_do_with_the_folder(tmp_path: Path):
    hook = (ROOT / "hooks/post_gen_project.py").read_text(encoding="utf-8")
    answers = DEFAULTS | {"project_slug": "my_project", "tenants": "acme"}
    hook = hook.replace("{{ cookiecutter | tojson }}", json.dumps(answers))
    hook = hook.replace("{{ cookiecutter.tenants | tenant_names | tojson }}", '["acme"]')
    os.mkfifo(tmp_path / ".env.example")  # reading it takes until somebody writes
    done = subprocess.Popen(
        [sys.executable, "-c", hook],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests themselves run in a shell's background, SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with open(tmp_path / ".env.example", "wb"):  # until the hook reads
        done.send_signal(signal.SIGINT)
        said = done.communicate(timeout=30)[1]
    assert done.returncode == 1
    assert said.strip() == (
        "my_project is unfinished. Run cookiecutter again with --overwrite-if-exists, or remove the folder."
    )
