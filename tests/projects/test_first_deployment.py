"""``deploy_databases`` on servers of the kit: from nothing to pages as the manual says, and what it refuses to make."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ..commands import environment, manage
from ..production import DOMAIN, serving
from ..rendering import ROOT
from ..servers import MariaDB, Postgres
from ..servers.fixtures import ENGINES, server_of
from ..servers.ports import free_port

PAGE = ROOT / "{{cookiecutter.project_slug}}/manydb/docs/first-deployment.md"
SLUG = "first"
TENANTS = ("acme", "globex")


def blocks(kind: str) -> list[str]:
    """The blocks of code of this kind on the page."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def configuration() -> dict[str, str]:
    """The parameters as the page has them."""
    return dict(line.split("=", 1) for line in blocks("ini")[0].splitlines())


@dataclass
class Deployment:
    """A project, an operator's parameters, and the server that they lead to."""

    folder: Path
    server: MariaDB | Postgres
    slug: str = SLUG
    env: dict[str, str] = field(default_factory=dict)
    is_deployed: bool = False

    @property
    def is_postgres(self) -> bool:
        return isinstance(self.server, Postgres)

    def run(self, *words: str, **env: str) -> tuple[int, str]:
        """The status of a command, and all that it said, without line ends."""
        done = manage(self.folder, *words, env=self.env | env, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def deploy(self, *words: str, **env: str) -> str:
        status, said = self.run("deploy_databases", *words, "--yes", **env)
        assert status == 0, said
        return said

    def once(self) -> None:
        """Deploys for the first time, unless another test has."""
        if not self.is_deployed:
            self.deploy("--first")
            self.is_deployed = True

    def databases(self) -> set[str]:
        query = "select datname from pg_database" if self.is_postgres else "show databases"
        return {name for name in self.server.sql(query).split() if name.startswith(self.slug)}

    def tables(self) -> str:
        """All tables of the project's databases, with their rows."""
        return "\n".join(
            f"{name}: {self.server.sql(COUNT[self.is_postgres], name)}"
            for name in sorted(self.databases())
            if "0template" not in name  # to which PostgreSQL lets no session
        )

    def refuses(self, sentence: str, *words: str, **env: str) -> None:
        """The deployment fails with this sentence and leaves the server as it was, ``--first`` or not."""
        before = self.tables(), accounts(self.server)
        status, said = self.run("deploy_databases", "--yes", "--first", *words, **env)
        assert status == 1 and re.search(sentence, said), said
        assert (self.tables(), accounts(self.server)) == before


on_postgresql = pytest.mark.parametrize("deployment", ["postgresql"], indirect=True)

COUNT = {
    True: "select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    False: "select count(*) from information_schema.tables where table_schema = database()",
}


def accounts(server: MariaDB | Postgres) -> str:
    postgres = isinstance(server, Postgres)
    return server.sql(
        "select rolname, rolconfig from pg_roles order by 1"
        if postgres
        else "select user, host from mysql.user order by 1"
    )


def clean(server: MariaDB | Postgres, slug: str, users: set[str]) -> None:
    """Drops what a deployment has made, for the server is that of other tests, too."""
    postgres = isinstance(server, Postgres)
    query = "select datname from pg_database" if postgres else "show databases"
    for name in server.sql(query).split():
        if name.startswith(slug):
            server.sql(f"drop database {name}" + (" with (force)" if postgres else ""))
    query = "select rolname from pg_roles" if postgres else "select user from mysql.user"
    of_tenants = {name for name in server.sql(query).split() if OF_A_TENANT.fullmatch(name)}
    for user in users | of_tenants:
        server.sql(f"drop {'role' if postgres else 'user'} if exists {user}")


OF_A_TENANT = re.compile(r"[tr][a-z2-7]{26}_\d+")


@pytest.fixture(scope="module", params=ENGINES)
def deployment(
    request: pytest.FixtureRequest, rendered: Callable[..., Path], tmp_path_factory: Any
) -> Iterator[Deployment]:
    """A server with the administrator's account of the page and nothing else of ours."""
    engine = request.param
    answers = {"router": "tenant", "database_engine": engine, "project_slug": SLUG}
    folder = tmp_path_factory.mktemp("first") / SLUG
    shutil.copytree(rendered(**answers), folder)
    # The server may have the example's database of another test, which is its own.
    databases = folder / SLUG / "settings/databases.py"
    text = databases.read_text(encoding="utf-8")
    assert 'name="accounts"' in text
    databases.write_text(
        text.replace('name="accounts"', f'name="{SLUG}_nowhere"'), encoding="utf-8"
    )
    server = server_of(request, engine)
    env = configuration() | {
        "DJANGO_SETTINGS_MODULE": f"{SLUG}.settings.production",
        "DATABASE_HOST": server.host,
        "DATABASE_PORT": str(server.port),
        "DATABASE_TLS": "false",  # the page leaves it out: a private network
    }
    env["DATABASE_DIRECT_HOST"] = server.host
    users = {env["DATABASE_USER"], env["DATABASE_READER_USER"]}
    users |= {env["DATABASE_ADMIN_USER"], f"{SLUG}_owner", f"{SLUG}_clients"}
    clean(server, SLUG, users)
    for statement in blocks("sql")[0 if engine == "postgresql" else 1].split(";"):
        if statement.strip():
            server.sql(statement)
    yield Deployment(folder, server, env=env)
    owned = [env["DATABASE_USER"], env["DATABASE_READER_USER"], f"{SLUG}_owner"]
    owned.append(f"{SLUG}_clients")
    clean(server, SLUG, set(owned) if engine == "mysql" else set())
    for user in [*owned, env["DATABASE_ADMIN_USER"]]:
        server.sql(f"drop {'role' if engine == 'postgresql' else 'user'} if exists {user}")


def test_the_page_leads_from_an_empty_server_to_the_first_tenants_page(deployment, tmp_path):
    first, later = (
        [shlex.split(line) for line in block.splitlines()]
        for block in blocks("bash")
        if "manage.py" in block
    )
    (web,) = (shlex.split(block) for block in blocks("bash") if "gunicorn" in block)
    for planning, words in zip((True, False), first, strict=True):
        assert words[:2] == ["python", "manage.py"]
        before = deployment.databases(), accounts(deployment.server)
        status, said = deployment.run(*words[2:])
        assert status == 0, said
        assert ((deployment.databases(), accounts(deployment.server)) == before) is planning
    deployment.is_deployed = True
    assert {SLUG, *(f"{SLUG}_{tenant}" for tenant in TENANTS)} <= deployment.databases()
    for user in ("DATABASE_USER", "DATABASE_READER_USER"):
        assert deployment.env[user] in accounts(deployment.server)

    pages = {name: v for name, v in deployment.env.items() if "ADMIN" not in name}
    application = web[-1].replace("my_project", SLUG)
    assert pages["BASE_DOMAIN"] == DOMAIN
    with serving(deployment.folder, tmp_path / "log", pages, application, web[0]) as site:
        for tenant in TENANTS:
            status, page = site.get(f"{tenant}.{DOMAIN}")
            assert status == 200 and f'id="tenant">{tenant}<' in page, site.log.read_text()
        assert site.get(f"nobody.{DOMAIN}")[0] == 404

    tables = deployment.tables()
    (words,) = later
    status, said = deployment.run(*words[2:])
    assert status == 0 and "nothing is missing" in said
    assert deployment.tables() == tables


CODE = """
from contextlib import nullcontext
from django.db import connections
from manydb.tenants import tenant_context
for alias, statement in {pairs}:
    with nullcontext() if alias == "default" else tenant_context(alias.lower()):
        try:
            connections[alias].cursor().execute(statement)
            print("done", alias, statement)
        except Exception as error:
            why = "refused" if any(word in str(error) for word in {words}) else repr(error)
            print(why, alias, statement)
"""
REFUSALS = ("denied", "must be owner", "read-only")  # of both servers
CREATING = (
    "create table more (id int)",
    "create temporary table more (id int)",
    "create database first_more",
    "drop table django_migrations",
    "alter table django_migrations add more int",
    "create view more as select 1",
)
CHANGING = (
    "update django_session set session_data = ''",
    "delete from django_session",
)


def code_of(pairs: list[tuple[str, str]]) -> str:
    return CODE.format(pairs=pairs, words=REFUSALS)


def created(deployment: Deployment, env: dict[str, str], *aliases: str) -> list[str]:
    """What an account could make in these databases, or take away."""
    pairs = [(alias, statement) for alias in aliases for statement in CREATING]
    code = code_of(pairs)
    lines = manage(deployment.folder, "shell", "-v0", "-c", code, env=env).stdout.splitlines()
    assert len(lines) == len(pairs)
    return [line for line in lines if not line.startswith("refused")]


def test_the_account_of_pages_creates_nothing_and_the_readers_changes_nothing(deployment):
    deployment.once()
    pages = {name: v for name, v in deployment.env.items() if "ADMIN" not in name}
    for user, password, may_change in (
        ("DATABASE_USER", "DATABASE_PASSWORD", True),
        ("DATABASE_READER_USER", "DATABASE_READER_PASSWORD", False),
    ):
        # As a primary, so that only the server refuses.
        env = pages | {
            "DATABASE_USER": deployment.env[user],
            "DATABASE_PASSWORD": deployment.env[password],
        }
        assert created(deployment, env, "default", "ACME") == []
        pairs = [("default", statement) for statement in CHANGING]
        done = manage(deployment.folder, "shell", "-v0", "-c", code_of(pairs), env=env)
        said = dict(line.split(" default ")[::-1] for line in done.stdout.splitlines())
        assert {said[s] for s in CHANGING} == {"done" if may_change else "refused"}
    if deployment.is_postgres:
        query = f"select rolconfig from pg_roles where rolname = '{deployment.env['DATABASE_READER_USER']}'"
        assert "default_transaction_read_only=on" in deployment.server.sql(query)


@pytest.mark.long
def test_it_creates_nothing_on_another_server_of_tenants_either(deployment, server_folder):
    deployment.once()
    settings = deployment.folder / SLUG / "settings" / "tenants.py"
    before = settings.read_text()
    pages = {name: v for name, v in deployment.env.items() if "ADMIN" not in name}
    with type(deployment.server)(server_folder, f"far-{deployment.is_postgres}") as far:
        place = {"HOST": far.host, "PORT": far.port}
        settings.write_text(f"{before}TENANT_SERVERS = {{'far': {place}}}\n")
        try:
            for statement in blocks("sql")[0 if deployment.is_postgres else 1].split(";"):
                if statement.strip():
                    far.sql(statement)
            deployment.deploy()
            status, said = deployment.run("create_tenant", "initech", "--server", "far")
            assert status == 0, said
            assert created(deployment, pages, "default", "ACME", "INITECH") == []
            assert deployment.run("drop_tenant", "initech", "--yes", "--wait=0")[0] == 0
        finally:
            settings.write_text(before)


OWN_ACCOUNTS = """
from io import StringIO
from django.core.management import call_command
from django.db import connections, connection
from manydb.tenants import tenant_context

def user(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("select current_user" + ("()" if connection.vendor == "mysql" else ""))
        return cursor.fetchone()[0].partition("@")[0]

def works(alias, sql):
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(sql)
        return "done"
    except Exception as error:
        return type(error).__name__

with tenant_context("acme"):
    before = user("ACME")
    print("reads", user("ACME_RO")[0], works("ACME_RO", "select 1"))
    print("table", works("ACME", "create table more (id int)"))
    print("other", works("ACME", "select * from first_globex.django_migrations"))
    print("own", works("ACME", "update django_migrations set app = app"))
print("unlike", len({before, user("default")}))
call_command("rotate_tenant_accounts", all=True, wait=0.0, stderr=StringIO())
call_command("rotate_tenant_accounts", all=True, close=True)
with tenant_context("acme"):
    print("rotated", user("ACME") != before and user("ACME")[:-1] == before[:-1])
print("shared", works("default", "select * from first_acme.django_migrations"))
"""


def test_each_tenant_has_an_account_of_its_own_if_the_settings_say_so(deployment, tmp_path):
    deployment.once()
    settings = deployment.folder / SLUG / "settings" / "tenants.py"
    before = settings.read_text()
    settings.write_text(before + "TENANT_ACCOUNTS = True\n")
    deployment.env["TENANT_ACCOUNTS_KEY"] = "first" * 8
    pages = {name: v for name, v in deployment.env.items() if "ADMIN" not in name}
    try:
        said = deployment.deploy()
        for tenant in TENANTS:
            assert f"give the tenant {tenant} an account of its own" in said
        status, said = deployment.run("shell", "-v0", "-c", OWN_ACCOUNTS)
        assert status == 0, said
        assert "reads r done table " in said and "table done" not in said, said
        assert "other done" not in said and "own done unlike 2" in said, said
        closed = f"databases that only their tenant's account may use now: {len(TENANTS)}"
        assert closed in said and "rotated True" in said and "shared done" not in said, said
        with serving(deployment.folder, tmp_path / "log", pages, f"{SLUG}.wsgi") as site:
            for tenant in TENANTS:
                status, page = site.get(f"{tenant}.{DOMAIN}")
                assert status == 200 and f'id="tenant">{tenant}<' in page, site.log.read_text()
        query = "select rolname from pg_roles" if deployment.is_postgres else USERS
        lost = next(
            name
            for name in deployment.server.sql(query).split()
            if name[0] == "t" and OF_A_TENANT.fullmatch(name)
        )
        if deployment.is_postgres:
            for name in deployment.databases():
                if "0template" not in name:
                    deployment.server.sql(f"drop owned by {lost}", name)
        deployment.server.sql(f"drop {'role' if deployment.is_postgres else 'user'} {lost}")
        said = deployment.deploy()
        assert said.count("an account of its own …") == 1, said
    finally:
        settings.write_text(before)
    said = deployment.deploy()  # the account of all pages gets its rights back
    assert f"use {SLUG}_acme" in said and "nothing is missing" in deployment.deploy()


USERS = "select user from mysql.user"
ROWS = "delete from manydb_identity where 1 = 0"


def test_a_second_account_serves_tenants_that_are_made_with_it(deployment):
    """As the page on rotation makes it: on PostgreSQL by SQL, on MySQL by the deployment."""
    deployment.once()
    second = {"DATABASE_USER": f"{SLUG}_b", "DATABASE_PASSWORD": "b-1"}
    if deployment.is_postgres:
        pages = deployment.env["DATABASE_USER"]
        deployment.server.sql(f"create role {SLUG}_b login password 'b-1' in role {pages}")
        deployment.server.sql(f"alter role {SLUG}_b set role = '{pages}'")
    try:
        deployment.deploy(**second)
        status, said = deployment.run("create_tenant", "rotated", **second)
        assert status == 0, said
        env = {name: v for name, v in (deployment.env | second).items() if "ADMIN" not in name}
        code = code_of([("ACME", ROWS), ("ROTATED", ROWS)])
        lines = manage(deployment.folder, "shell", "-v0", "-c", code, env=env).stdout.splitlines()
        assert lines == [f"done ACME {ROWS}", f"done ROTATED {ROWS}"]
        assert deployment.run("drop_tenant", "rotated", "--yes")[0] == 0
    finally:
        kind = "role" if deployment.is_postgres else "user"
        deployment.server.sql(f"drop {kind} {SLUG}_b")


@pytest.mark.long
def test_tenants_live_on_with_the_administrators_account(deployment, tmp_path):
    deployment.once()
    dump = tmp_path / "initech.zip"
    for words in (
        ("create_tenant", "initech"),
        ("clone_tenant", "initech", "hooli"),
        ("dump_tenant", "initech", str(dump)),
        ("restore_tenant", str(dump), "--name", "hooli", "--replace", "--yes", "--wait", "0"),
        ("drop_tenant", "hooli", "--yes"),
    ):
        status, said = deployment.run(*words)
        assert status == 0, (words, said)

    deployment.server.sql(f"drop database {SLUG}_initech")
    status, said = deployment.run("list_tenants")
    assert re.search(r"initech missing ", said), said
    deployment.refuses(r"restore_tenant FILE --replace --name initech with its last dump")
    back = ("restore_tenant", str(dump), "--name", "initech", "--replace", "--yes")
    status, said = deployment.run(*back)
    assert status == 0, said
    assert deployment.run("drop_tenant", "initech", "--yes")[0] == 0


WRONG = {
    "host": ({"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": "{free}"}, "Correct DATABASE_HOST"),
    "administrator": (
        {"DATABASE_ADMIN_USER": "stranger"},
        "DATABASE_ADMIN_USER and DATABASE_ADMIN",
    ),
    "TLS": ({"DATABASE_TLS": "true"}, "without TLS, set DATABASE_TLS=false"),
    "no administrator": ({"DATABASE_ADMIN_USER": ""}, "DATABASE_ADMIN_USER is not set"),
    "account of others": (
        {"DATABASE_USER": "app", "DATABASE_PASSWORD": "wrong"},
        "app is an account of .* This project did not make it",
    ),
}


@on_postgresql
@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_parameters_make_nothing(deployment, wrong):
    deployment.once()
    env, sentence = WRONG[wrong]
    env = {name: value.format(free=free_port()) for name, value in env.items()}
    deployment.refuses(sentence, **env)


@on_postgresql
def test_a_wrong_prefix_makes_nothing(deployment):
    deployment.once()
    path = deployment.folder / SLUG / "settings" / "databases.py"
    right = path.read_text()
    path.write_text(right.replace(f'PREFIX = "{SLUG}_"', 'PREFIX = "frist_"'))
    try:
        deployment.refuses("the prefix 'frist_' is not what it was. Correct PREFIX")
    finally:
        path.write_text(right)


@on_postgresql
def test_a_shortened_list_of_tenants_takes_none_away(deployment):
    deployment.once()
    before = deployment.tables()
    said = deployment.deploy(TENANTS="acme")
    assert "nothing is missing" in said and "GLOBEX: up to date" in said
    assert deployment.tables() == before


def test_a_shared_database_that_was_lost_or_is_anothers_is_not_made_again(deployment):
    deployment.once()
    rename = "alter database {} rename to {}"
    if deployment.is_postgres:
        deployment.server.sql(rename.format(SLUG, "kept_shared"))
        deployment.refuses(f"{SLUG}_acme is on .*, but {SLUG} is not: it was lost")
        deployment.server.sql(f"create database {SLUG}")
        status, said = deployment.run("deploy_databases", "--yes")
        assert status == 1 and f"{SLUG} on " in said and "does not say that it is" in said
        deployment.refuses(f"{SLUG} on .* is empty, but {SLUG}_acme is a tenant's database")
        deployment.server.sql("create table others (id int)", SLUG)
        status, said = deployment.run("deploy_databases", "--yes", "--first")
        assert status == 1 and "has tables of other software, such as others" in said
        deployment.server.sql(f"drop database {SLUG} with (force)")
        deployment.server.sql(rename.format("kept_shared", SLUG))
        # The same of a tenant: an empty database in its place gets no tables, and is not served.
        deployment.server.sql(rename.format(f"{SLUG}_globex", "kept_globex"))
        deployment.server.sql(f"create database {SLUG}_globex")
        deployment.refuses(f"{SLUG}_globex on .* is empty, and the tenant's was not: it was lost")
        deployment.server.sql(f"drop database {SLUG}_globex with (force)")
        deployment.server.sql(rename.format("kept_globex", f"{SLUG}_globex"))
    deployment.refuses(
        f"{SLUG} on .* serves {DOMAIN}, and BASE_DOMAIN is staging.example: give each deployment",
        BASE_DOMAIN="staging.example",
    )
    row = "update manydb_identity set tenant = '{}'"
    ours = deployment.server.sql("select tenant from manydb_identity", SLUG).strip()
    deployment.server.sql(row.format(ours[::-1].replace("-", "0")), SLUG)
    deployment.refuses("says that it is the database of another project")
    deployment.server.sql(row.format(ours), SLUG)


@on_postgresql
def test_two_first_deployments_at_once_exclude_each_other(deployment):
    clean(deployment.server, SLUG, set())
    command = [sys.executable, "manage.py", "deploy_databases", "--first", "--yes"]
    running = [
        subprocess.Popen(
            command,
            cwd=deployment.folder,
            env=environment(deployment.env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in running]
    codes = sorted(process.returncode for process in running)
    assert codes in ([0, 1], [0, 0]), said
    assert codes == [0, 0] or any("Another deployment is at work" in text for text in said)


def test_without_a_catalog_the_shared_database_knows_what_was_deployed(
    request: pytest.FixtureRequest, rendered: Callable[..., Path], tmp_path: Path
):
    slug = "firstsimple"
    server = server_of(request, "postgresql")
    users = {
        "DATABASE_USER": f"{slug}_pages",
        "DATABASE_READER_USER": f"{slug}_reader",
        "DATABASE_ADMIN_USER": f"{slug}_deployer",
    }
    env = configuration() | users
    env |= {"DJANGO_SETTINGS_MODULE": f"{slug}.settings.production", "DATABASE_TLS": "false"}
    env |= {"DATABASE_HOST": server.host, "DATABASE_PORT": str(server.port)}
    # As if a pooler were in front, through which no connection can say its deadlines.
    env |= {"DATABASE_DIRECT_HOST": server.host, "DATABASE_DIRECT_PORT": str(server.port)}
    server.sql(
        f"create role {slug}_deployer createdb createrole login "
        f"password '{env['DATABASE_ADMIN_PASSWORD']}'"
    )
    answers = {"router": "simple", "database_engine": "postgresql", "project_slug": slug}
    answers |= {"pooling": "pgbouncer"}
    deployment = Deployment(rendered(**answers), server, slug, env)
    try:
        deployment.deploy("--first")
        with serving(deployment.folder, tmp_path / "log", env, f"{slug}.wsgi") as site:
            status, page = site.get(f"acme.{DOMAIN}")
            assert status == 200 and 'id="tenant">acme<' in page, site.log.read_text()
        pages, reader = users["DATABASE_USER"], users["DATABASE_READER_USER"]
        config = "select rolconfig from pg_roles where rolname = '{}'"
        assert "statement_timeout=15000ms,lock_timeout=5000ms" in server.sql(config.format(pages))
        assert "statement_timeout=9000ms" in server.sql(config.format(reader))
        look = ["check", "--database", "default"]
        assert "W114" not in manage(deployment.folder, *look, env=env).stderr
        server.sql(f"alter role {pages} reset statement_timeout")
        found = manage(deployment.folder, *look, env=env).stderr
        assert f"(manydb.W114) default: the role {pages} has no statement_timeout, and" in found
        assert f"give {pages} deadlines" in deployment.deploy()
        deployment.refuses(
            "GLOBEX had a database, .* deploy_databases --forget GLOBEX", TENANTS="acme"
        )
        server.sql(f"drop database {slug}_globex")
        server.sql(f"create database {slug}_globex")
        deployment.refuses(f"GLOBEX had tables, and {slug}_globex on .* is empty: it was lost")
        server.sql(f"drop database {slug}_globex")
        deployment.refuses(f"GLOBEX had a database, {slug}_globex, and .* has no {slug}_globex")
        deployment.deploy("--forget", "GLOBEX", TENANTS="acme")
        said = deployment.deploy("--new-domain", TENANTS="acme,initech", BASE_DOMAIN="new.example")
        assert f"create the database {slug}_initech for INITECH" in said
    finally:
        clean(server, slug, set())
        for user in [*users.values(), f"{slug}_owner", f"{slug}_clients"]:
            server.sql(f"drop role if exists {user}")
