"""The life of a tenant on real servers: two of each engine, so that tenants can move."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from .production import variables
from .projects import environment, get, run, serve
from .renderings import ROOT
from .servers import MariaDB, PgBouncer, Postgres
from .servers.fixtures import MYSQL, require

PROBES = ROOT / "tests" / "probes"
# At every n-th line that the commands run: 1 takes an hour or two, and CONTRIBUTING says how.
EVERY = os.environ.get("KILLED_EVERY", "80")
ENGINES = {"mysql": MYSQL, "postgresql": Postgres}

TWO_SERVERS = """
TENANT_SERVERS = {{"eu": {{"HOST": "{host}", "PORT": {port}}}}}
TENANT_CACHE_SECONDS = 0
"""


@dataclass
class Project:
    """A bootstrapped project on two servers: that of ``default``, and ``eu``."""

    folder: Path
    env: dict[str, str]
    engine: str
    server: MariaDB | Postgres
    eu: MariaDB | Postgres
    commander: subprocess.Popen[str]

    def manage(
        self, *words: str, check: bool = True, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """``python manage.py WORDS…``, by a process that has loaded Django already."""
        assert self.commander.stdin and self.commander.stdout
        self.commander.stdin.write(json.dumps({"words": words, "env": env or {}}) + "\n")
        self.commander.stdin.flush()
        said = json.loads(self.commander.stdout.readline())
        assert said["code"] == 0 or not check, said
        return subprocess.CompletedProcess(words, said["code"], said["out"], said["err"])

    def refusal(self, *words: str, **options: Any) -> str:
        """The one sentence that a command ends with."""
        done = self.manage(*words, check=False, **options)
        assert done.returncode == 1, done
        last = done.stderr.splitlines()[-1]
        assert last.startswith("CommandError: ") and "Traceback" not in done.stderr, done.stderr
        assert self.server.password not in done.stdout + done.stderr
        return last.removeprefix("CommandError: ")

    def inside(self, tenant: str, code: str) -> str:
        """What a line of Python prints with this tenant active."""
        words = ("tenant_command", tenant, "--", "shell", "-v0", "-c", code)
        return self.manage(*words).stdout.strip()

    def state(self, tenant: str) -> dict[str, Any] | None:
        rows = json.loads(self.manage("list_tenants", "--json").stdout)
        return next((row for row in rows if row["name"] == tenant), None)

    def databases(self, server: MariaDB | Postgres | None = None) -> list[str]:
        listed = {
            "mysql": "select schema_name from information_schema.schemata",
            "postgresql": "select datname from pg_database",
        }[self.engine]
        return (server or self.server).sql(listed).split()


REGISTER = (
    "from {slug}.conferences.models import Registration as R; "
    "R.objects.create(conference_id='X', email='{email}'); print(R.objects.using('{alias}').count())"
)


@pytest.fixture(scope="module", params=ENGINES)
def project(
    request: pytest.FixtureRequest,
    server_folder: Path,
    rendered: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Project]:
    engine = request.param
    require(*(["MariaDB", "mysqlclient"] if engine == "mysql" else ["PostgreSQL"]))
    server = request.getfixturevalue("mariadb" if engine == "mysql" else "postgres")
    answers = {"database_engine": engine, "router": "tenant", "project_slug": f"life_{engine}"}
    folder = Path(
        shutil.copytree(rendered(**answers), tmp_path_factory.mktemp("life") / f"life_{engine}")
    )
    with ENGINES[engine](server_folder, f"eu-{engine}") as eu:
        settings = folder / f"life_{engine}/settings/development.py"
        with settings.open("a") as file:
            file.write(TWO_SERVERS.format(host=eu.host, port=eu.port))
        env = server.environment()
        with commander(folder, env) as process:
            made = Project(folder, env, engine, server, eu, process)
            made.manage("bootstrap")
            yield made


@contextmanager
def commander(folder: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(PROBES / "commander.py")],
        cwd=folder,
        env=environment(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()  # which ends it


@pytest.fixture
def tenant(project: Project) -> Iterator[str]:
    """A tenant that is new, and gone after the test."""
    project.manage("create_tenant", "initech")
    yield "initech"
    for name in ("initech", "hooli"):
        if project.state(name):
            project.manage("drop_tenant", name, "--yes", check=False)


def test_kill_9_at_any_line_loses_nothing_and_says_what_to_do(project: Project) -> None:
    check_every_line(project.folder, project.folder.name, project.env, "kill")


def check_every_line(folder: Path, slug: str, env: dict[str, str], way: str) -> None:
    env = env | {"DJANGO_SETTINGS_MODULE": f"{slug}.settings.development"}
    done = run(folder, str(PROBES / "killed.py"), way, EVERY, env=env, timeout=3600)
    result = json.loads(done.stdout)
    assert set(result) >= {"create_tenant", "restore_tenant --replace", "drop_tenant"}
    assert {name: case["wrong"] for name, case in result.items() if case["wrong"]} == {}
    for case in result.values():
        assert case["ended"] >= case["lines"] // int(EVERY)


def test_a_failure_at_any_line_leaves_nothing(bootstrapped: Callable[..., Path]) -> None:
    """On SQLite: what is tidied up is decided by code that knows no engine."""
    folder = bootstrapped(router="tenant")
    check_every_line(folder, "my_project", {}, "fail")


def test_of_two_that_create_the_same_tenant_one_wins(project: Project) -> None:
    words = [sys.executable, "manage.py", "create_tenant", "twice"]
    both = [
        subprocess.Popen(
            words,
            cwd=project.folder,
            env=environment(project.env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in both]
    try:
        assert sorted(process.returncode for process in both) == [0, 1]
        (loser,) = (err for process, err in zip(both, said, strict=True) if process.returncode)
        assert "at work on tenant 'twice'" in loser or "There is a tenant 'twice' already" in loser
        assert project.state("twice")["state"] == "ready"
    finally:
        project.manage("drop_tenant", "twice", "--yes")
    assert not [name for name in project.databases() if "twice" in name or "0new" in name]


def test_a_life(project: Project, tmp_path: Path) -> None:
    """Served by subdomain as soon as it is there, and 503 or 404 as soon as it is not, with no restart."""
    dump = str(tmp_path / "initech.zip")
    slug = project.folder.name
    with serve(project.folder, env=project.env) as port:
        assert get(port, "initech.localhost")[0] == 404
        said = project.manage("create_tenant", "initech").stdout
        assert said == f"initech is ready: host initech.localhost, database {slug}_initech\n"
        status, page = get(port, "initech.localhost")
        assert (status, 'id="tenant">initech<' in page) == (200, True)
        for number in (1, 2, 3):
            code = REGISTER.format(slug=slug, email=f"{number}@b.example", alias="INITECH")
            assert project.inside("initech", code) == str(number)

        project.manage("suspend_tenant", "initech")
        assert get(port, "initech.localhost")[0] == 503
        assert project.manage("dump_tenant", "initech", dump).returncode == 0
        assert "dropped" not in project.refusal("drop_tenant", "initech")
        project.manage("drop_tenant", "initech", "--yes")
        assert get(port, "initech.localhost")[0] == 404
        assert f"{slug}_initech" not in project.databases()

        project.manage("restore_tenant", dump)
        assert get(port, "initech.localhost")[0] == 200
        project.manage("clone_tenant", "initech", "hooli")
        project.manage("rename_tenant", "hooli", "pied", "--yes")
        assert get(port, "hooli.localhost")[0] == 404
        assert get(port, "pied.localhost")[0] == 200
    for name in ("initech", "pied"):
        count = f"from {slug}.conferences.models import Registration as R; print(R.objects.count())"
        assert project.inside(name, count) == "3"
        project.manage("drop_tenant", name, "--yes")
    assert not [name for name in project.databases() if "hooli" in name or "initech" in name]


def test_a_move_and_the_way_back(project: Project, tenant: str) -> None:
    slug = project.folder.name

    def register(email: str) -> str:
        code = REGISTER.format(slug=slug, email=f"{email}@b.example", alias=tenant.upper())
        return project.inside(tenant, code)

    register("first")
    said = project.manage("move_tenant", tenant, "--to", "eu").stdout
    assert said == f"initech is in {slug}_initech on eu, {slug}_initech on default is kept\n"
    assert register("second") == "2"
    assert f"{slug}_initech" in project.databases(project.eu)
    assert "--drop-kept" in project.refusal("move_tenant", tenant, "--to", "default")

    project.manage("move_tenant", tenant, "--back", "--yes")
    assert (
        register("third") == "2"
    )  # the first and this one: the second is kept on the other server
    project.manage("move_tenant", tenant, "--drop-kept", "--yes")
    assert f"{slug}_initech" not in project.databases(project.eu)


def test_a_move_that_fails_leaves_the_tenant_where_it_was(project: Project, tenant: str) -> None:
    slug = project.folder.name
    project.eu.sql(f"create database {slug}_initech")
    if project.engine == "mysql":
        project.eu.sql("create table foreign_table (id int)", f"{slug}_initech")
    try:
        said = project.refusal("move_tenant", tenant, "--to", "eu")
        assert "is as it was" in said or "already" in said
        assert project.state(tenant)["state"] == "ready" and project.state(tenant)["kept"] == ""
        assert f"{slug}_initech" in project.databases(project.eu)  # somebody else's, and untouched
        code = REGISTER.format(slug=slug, email="a@b.example", alias="INITECH")
        assert project.inside(tenant, code) == "1"
    finally:
        project.eu.sql(f"drop database {slug}_initech")


def test_nothing_is_done_to_a_database_of_somebody_else(project: Project) -> None:
    slug = project.folder.name
    project.server.sql(f"create database {slug}_foreign")
    try:
        assert "already" in project.refusal(
            "create_tenant", "foreign"
        ) or "exists" in project.refusal("create_tenant", "foreign")
        assert project.state("foreign") is None
        assert f"{slug}_foreign" in project.databases()
    finally:
        project.server.sql(f"drop database {slug}_foreign")
    point = (
        f"from {slug}.tenants.models import Tenant; "
        "Tenant.objects.create(name='victim', database='{}', state='ready')"
    )
    system = {"mysql": "mysql", "postgresql": "postgres"}[project.engine]
    project.manage("shell", "-v0", "-c", point.format(system))
    try:
        for words in (("drop_tenant", "victim", "--yes"), ("dump_tenant", "victim", "x.zip")):
            assert "not a database of this project's tenants" in project.refusal(*words)
        assert system in project.databases()
    finally:
        delete = (
            f"from {slug}.tenants.models import Tenant; Tenant.objects.get(name='victim').delete()"
        )
        project.manage("shell", "-v0", "-c", delete)


BAD_NAMES = [
    "Acme",
    "a-b",
    "1st",
    'x"; drop database y',
    "shop_ro",
    "default",
    "a" * 31,
    "0template_1",
]


def test_names_are_refused_before_anything_is_done(project: Project) -> None:
    before = project.databases()
    for name in BAD_NAMES:
        said = project.refusal("create_tenant", name)
        assert repr(name) in said and "for example 'acme'" in said
    assert project.databases() == before


def test_wrong_files_are_refused(project: Project, tenant: str, tmp_path: Path) -> None:
    good, text, cut = tmp_path / "good.zip", tmp_path / "text.zip", tmp_path / "cut.zip"
    project.manage("dump_tenant", tenant, str(good))
    assert "is there already" in project.refusal("dump_tenant", tenant, str(good))
    assert good.stat().st_mode & 0o077 == 0
    text.write_text("not a dump")
    content = bytearray(good.read_bytes())
    content[len(content) // 3] ^= 0xFF  # in the middle of the data
    cut.write_bytes(content)
    assert "There is no file" in project.refusal("restore_tenant", str(tmp_path / "none.zip"))
    assert "not a file of dump_tenant" in project.refusal("restore_tenant", str(text))
    assert "already" in project.refusal("restore_tenant", str(good))
    said = project.refusal("restore_tenant", str(cut), "--name", "hooli")
    assert "damaged" in said or "failed" in said
    assert project.state("hooli") is None
    assert not [name for name in project.databases() if "hooli" in name or "0new" in name]


def test_tools_get_the_password_in_their_environment_alone(
    project: Project, tenant: str, tmp_path: Path
) -> None:
    """A pg_dump, or mysqldump, that notes what it is called with and then is the real one."""
    name = {"mysql": "mysqldump", "postgresql": "pg_dump"}[project.engine]
    spy = tmp_path / "bin" / name
    spy.parent.mkdir()
    real = shutil.which(name)
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/words\nexec {real} "$@"\n')
    spy.chmod(0o755)
    env = {"PATH": f"{spy.parent}:{os.environ['PATH']}"}
    project.manage("dump_tenant", tenant, str(tmp_path / "x.zip"), env=env)
    words = (tmp_path / "words").read_text()
    assert f"{project.folder.name}_initech" in words
    assert project.server.password not in words


def test_a_missing_tool_is_one_sentence_that_names_its_package(
    project: Project, tenant: str, tmp_path: Path
) -> None:
    package = {"mysql": "default-mysql-client", "postgresql": "postgresql-client"}[project.engine]
    (tmp_path / "bin").mkdir()
    said = project.refusal(
        "dump_tenant", tenant, str(tmp_path / "x.zip"), env={"PATH": str(tmp_path / "bin")}
    )
    assert said.endswith(f"is not installed here: on Debian run apt-get install {package}.")
    assert list(tmp_path.glob("x.zip*")) == []


def test_sessions_are_no_obstacle(project: Project, tenant: str) -> None:
    """Another process has a transaction open in the tenant's database while it is moved, and dropped."""
    slug = project.folder.name
    hold = (
        f"import time; from {slug}.conferences.models import Registration as R; "
        "from django.db import transaction; a = transaction.atomic('INITECH'); a.__enter__(); "
        "R.objects.create(conference_id='X', email='never@b.example'); print('open', flush=True); time.sleep(60)"
    )
    words = ("tenant_command", tenant, "--", "shell", "-v0", "-c", hold)
    for command in (("move_tenant", tenant, "--to", "eu"), ("drop_tenant", tenant, "--yes")):
        with subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=project.folder,
            env=environment(project.env),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as other:
            assert other.stdout and other.stdout.readline() == b"open\n"
            began = time.monotonic()
            project.manage(*command)
            assert time.monotonic() - began < 30
            other.kill()
    assert project.state(tenant) is None


def test_what_was_moved_away_from_can_not_be_written_to(project: Project, tenant: str) -> None:
    """A process that still knows the old place must not lose its writes there."""
    if project.engine == "mysql":
        return  # no server of this family makes one database read-only for everybody but its owner
    project.manage("move_tenant", tenant, "--to", "eu")
    old = psycopg.connect(
        host=project.server.host,
        port=project.server.port,
        user=project.server.user,
        password=project.server.password,
        dbname=f"{project.folder.name}_initech",
    )
    with old, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        old.execute("delete from conferences_registration")


def test_tenant_command_for_all_goes_on_after_a_failure(project: Project, tenant: str) -> None:
    slug = project.folder.name
    code = (
        f"from {slug}.tenants.context import current_tenant as t; "
        "assert t() != 'acme', 'not this one'; print(t())"
    )
    done = project.manage("tenant_command", "--all", "--", "shell", "-v0", "-c", code, check=False)
    assert done.returncode == 1
    assert "globex" in done.stdout.splitlines() and "initech" in done.stdout.splitlines()
    assert "acme: AssertionError: not this one" in done.stderr
    # Other tests of this project may have left tenants of theirs.
    assert re.search(r"CommandError: 1 of \d+ failed: acme\.", done.stderr), done.stderr


def test_behind_pgbouncer_tenants_live_past_it(
    postgres: Postgres, pgbouncer: PgBouncer, rendered: Callable[..., Path], tmp_path: Path
) -> None:
    """The pooler keeps sessions in databases that are to be dropped, and knows no session's locks."""
    slug = "life_bouncer"
    answers = {"database_engine": "postgresql", "router": "tenant", "pooling": "pgbouncer"}
    folder = rendered(**answers, project_slug=slug)
    postgres.sql(f"create database {slug} owner {postgres.user}")
    env = variables(slug, pgbouncer, "pgbouncer")
    with commander(folder, env) as process:
        project = Project(folder, env, "postgresql", postgres, postgres, process)
        project.manage("migrate_databases", "--only", "default")
        project.manage("create_tenant", "initech")
        code = REGISTER.format(slug=slug, email="a@b.example", alias="INITECH")
        assert project.inside("initech", code) == "1"  # through the pooler, which keeps the session
        assert f"{slug}_initech" in postgres.sql("select datname from pg_stat_activity")
        project.manage("dump_tenant", "initech", str(tmp_path / "initech.zip"))
        project.manage("drop_tenant", "initech", "--yes")
        assert f"{slug}_initech" not in project.databases()
        project.manage("restore_tenant", str(tmp_path / "initech.zip"))
        count = f"from {slug}.conferences.models import Registration as R; print(R.objects.count())"
        assert project.inside("initech", count) == "1"
        project.manage("drop_tenant", "initech", "--yes")
