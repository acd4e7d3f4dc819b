"""Containers and CI of a project: linted, and their commands run where this machine can."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from ..deployed import (
    PASSWORD,
    ComposePostgres,
    ComposeReplica,
    lint,
    path_of,
    shell,
)
from ..lone_django import SHOW_USER, connection_to, django
from ..processes import eventually
from ..servers import MariaDB, programs
from ..servers.fixtures import require
from ..servers.tools import environ

SHAPES = [
    {"database_engine": "mysql"},
    {"database_engine": "mysql", "pooling": "rds_proxy", "database_auth": "rds_iam"},
    {"database_engine": "postgresql"},
    {"database_engine": "postgresql", "pooling": "pgbouncer", "django_version": "6.1"},
]


@pytest.mark.parametrize("answers", SHAPES, ids=lambda answers: "-".join(answers.values()))
def test_container_and_workflow_files_are_lint_clean(rendered, answers):
    project = rendered(**answers)
    lint("hadolint", *project.rglob("Dockerfile"))
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", project / "compose.yaml")
    workflow = project / ".github" / "workflows" / "ci.yml"
    lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow)


@pytest.mark.parametrize("answers", SHAPES, ids=lambda answers: "-".join(answers.values()))
def test_compose_shows_no_password_and_opens_no_port_to_others(rendered, answers):
    text = (rendered(**answers) / "compose.yaml").read_text()
    compose = yaml.safe_load(text)
    poolers = {"pgbouncer", "pgbouncer-reader"} if answers.get("pooling") == "pgbouncer" else set()
    web = set() if answers.get("database_auth") == "rds_iam" else {"web"}
    assert compose["services"].keys() == {"primary", "replica"} | poolers | web
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["healthcheck"]["test"]
        for name, value in service["environment"].items():
            assert "PASSWORD" not in name or value.startswith("${DATABASE_PASSWORD:?")
    assert compose["volumes"].keys() == {"primary", "replica"}
    for name in ("primary", "replica"):
        assert compose["services"][name]["volumes"][0].startswith(f"{name}:/var/lib/")


@pytest.mark.parametrize("answers", SHAPES, ids=lambda answers: "-".join(answers.values()))
def test_image_runs_without_root_and_without_a_compiler(rendered, answers):
    dockerfile = (rendered(**answers) / "Dockerfile").read_text()
    build, final = re.split(r"^FROM .*(?<!AS build)\n", dockerfile, flags=re.MULTILINE)
    assert re.search(r"^USER \d+$", final, re.MULTILINE)
    for tool in ("build-essential", "gcc", "-dev", "pip install"):
        assert tool not in final
    assert ("build-essential" in build) is (answers["database_engine"] == "mysql")
    assert ("libmariadb3" in final) is (answers["database_engine"] == "mysql")
    assert ("rds-global-bundle" in final) is ("rds_iam" in answers.values())


def test_image_is_built_from_what_the_ignore_file_lets_through(rendered, tmp_path):
    """The commands of the build stage, in a folder that holds no more than the build context."""
    project = rendered()
    allowed = re.findall(r"^!/(.*)$", (project / ".dockerignore").read_text(), re.MULTILINE)
    assert allowed == [
        "manage.py",
        "pyproject.toml",
        "uv.lock",
        "README.md",
        "manydb",
        "my_project",
    ]
    for name in filter(lambda name: name != "uv.lock", allowed):
        copy = shutil.copytree if (project / name).is_dir() else shutil.copy
        copy(project / name, tmp_path / name)
    command = re.search(
        r"^ +&& (python manage.py collectstatic .*)$", (project / "Dockerfile").read_text(), re.M
    )
    done = subprocess.run(
        [sys.executable, *command[1].split()[1:]],
        cwd=tmp_path,
        env={"PATH": environ()["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "staticfiles" / "admin" / "css" / "base.css").exists()
    refuses_commands_without_production(tmp_path, (project / "Dockerfile").read_text())
    server = re.search(r'^CMD \["gunicorn", (.*)\]$', (project / "Dockerfile").read_text(), re.M)
    production = {
        "SECRET_KEY": "x" * 60,
        "BASE_DOMAIN": "example.com",
        "TENANTS": "acme",
        "DATABASE_HOST": "db.internal",
        "DATABASE_USER": "app",
        "DATABASE_PASSWORD": PASSWORD,
    }
    arguments = [word.strip('"') for word in server[1].split(", ")]
    require("mysqlclient")
    subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", *arguments],
        cwd=tmp_path,
        env={"PATH": environ()["PATH"]} | production,
        check=True,
    )


def refuses_commands_without_production(image: Path, dockerfile: str) -> None:
    """``manage.py`` in the image reads production's settings, and makes no SQLite file there."""
    final = re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[-1]
    words = " ".join(re.findall(r"^ENV (.*)$", final, re.MULTILINE)).split()
    variables = dict(word.split("=", 1) for word in words)
    variables["PATH"] = environ()["PATH"]
    for command in ("migrate_databases", "databases"):
        done = subprocess.run(
            [sys.executable, "manage.py", command],
            cwd=image,
            env=variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode, done.stdout
        assert "is not set: put it into the environment" in done.stderr
    assert not list(image.rglob("*.sqlite3"))


# What compose.yaml's containers run


@pytest.fixture(scope="module")
def compose(rendered: Callable[..., Path], server_folder: Path) -> Iterator[ComposePostgres]:
    require("PostgreSQL")
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    with ComposePostgres(server_folder, project) as primary:
        yield primary


def test_compose_postgresql_starts_as_a_primary_with_a_replica(rendered, compose, server_folder):
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    services = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    with ComposeReplica(server_folder, project, compose) as replica:
        compose.sql("create database my_project owner my_project")
        replica.catch_up()
        assert replica.sql("select pg_is_in_recovery()", "my_project") == "t"

        healthy = services["replica"]["healthcheck"]["test"]
        container = {"PGHOST": str(replica.home), "PGPORT": str(replica.port)}
        status = "select status from pg_stat_wal_receiver"
        assert eventually(lambda: "streaming" in replica.sql(status), 20)
        shell("sh", healthy, container)
        alive = services["primary"]["healthcheck"]["test"]
        shell(
            "sh", alive, {"PGPORT": str(compose.port), "PATH": path_of(programs.postgresql("psql"))}
        )
        for server in (compose, replica):
            assert django(connection_to(server, "my_project"), SHOW_USER) == "my_project"


def test_compose_mysql_primary_gives_the_project_its_databases_and_no_more(
    rendered, mariadb: MariaDB, tmp_path
):
    """MariaDB may stand in for MySQL: the statements are the same in both."""
    slug = "my_composed"  # the server is shared
    project = rendered(database_engine="mysql", project_slug=slug)
    client = f'exec {mariadb.client} --no-defaults --socket={mariadb.socket} "$@"\n'
    (tmp_path / "mysql").write_text(f"#!/bin/sh\n{client}")
    (tmp_path / "mysql").chmod(0o755)
    container = {
        "PATH": f"{tmp_path}:{environ()['PATH']}",
        "MYSQL_ROOT_PASSWORD": "",
        "DATABASE_USER": slug,
        "DATABASE_PASSWORD": PASSWORD,
    }
    script = (project / "deploy" / "mysql" / "primary.sh").read_text()
    shell("bash", script.replace("--user=root", f"--user={mariadb.administrator}"), container)

    def as_project(statement: str) -> subprocess.CompletedProcess[str]:
        client = [
            mariadb.client,
            "--no-defaults",
            "--host=127.0.0.1",
            f"--port={mariadb.port}",
        ]
        login = [f"--user={slug}", f"--password={PASSWORD}", "--execute", statement]
        return subprocess.run([*client, *login], capture_output=True, text=True)

    for name in (slug, f"{slug}_acme", f"test_{slug}_acme"):
        done = as_project(
            f"create database {name}; create table {name}.t (id int); drop database {name}"
        )
        assert done.returncode == 0, done.stderr
    mariadb.sql("create database if not exists accounts")
    done = as_project("create table accounts.composed (id int); drop table accounts.composed")
    assert done.returncode == 0, done.stderr
    for name in ("myxcomposed", f"{slug}x", "myxcomposed_acme", "mysql_", "testx"):
        assert "Access denied" in as_project(f"create database {name}").stderr
    mariadb.sql(f"drop user {slug}@'%', replication@'%'")
