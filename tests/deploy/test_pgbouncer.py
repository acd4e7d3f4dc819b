"""deploy/pgbouncer/, run on this machine's PgBouncer by its own start.sh: who may come in, and how many."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ..authority import certificates
from ..commands import listens, manage
from ..deployed import (
    PASSWORD,
    ComposePostgres,
    DeployedPgBouncer,
    edited,
    flags,
    path_of,
    readme_command,
    too_old,
    visible,
)
from ..lone_django import SHOW_USER, connection_to, django
from ..parameters.aws import moto
from ..parameters.test_rotation import AWS, put, rotate, visitors
from ..pooling.presets import preset_of
from ..processes import running
from ..production import DOMAIN, serving, variables, with_pages
from ..servers import ServerFailed, account, programs
from ..servers.fixtures import require
from ..servers.ports import free_port
from ..servers.tools import environ


@pytest.fixture(scope="module")
def compose(rendered: Callable[..., Path], server_folder: Path) -> Iterator[ComposePostgres]:
    require("PostgreSQL")
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    with ComposePostgres(server_folder, project, "behind-bouncer") as primary:
        yield primary


def quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))


@pytest.fixture(scope="module")
def pooled_server(compose: ComposePostgres) -> Iterator[ComposePostgres]:
    """A server with the function of auth_query.sql, in every database where that is needed."""
    require("PgBouncer")
    if too_old():
        fix = readme_command(compose.deploy, "sed 's/^\\\\connect")
        script = subprocess.check_output(
            ["sh", "-c", fix], cwd=compose.deploy / "pgbouncer", text=True
        )
        psql = programs.postgresql("psql")
        command = [
            psql,
            "-h",
            compose.home,
            "-p",
            str(compose.port),
            "-U",
            "postgres",
            "-v",
            "ON_ERROR_STOP=1",
        ]
        subprocess.run(
            command, input=script, text=True, check=True, capture_output=True, env=environ()
        )
    compose.sql(f"create role app createdb createrole login password {quoted(PASSWORD)}")
    compose.sql("create role my_project_clients; grant my_project_clients to app")
    for number in range(6):
        compose.sql(f"create database tenant_{number} owner app")
    yield compose
    for number in range(6):
        compose.sql(f"drop database tenant_{number} with (force)")


@pytest.fixture(scope="module")
def bouncer(pooled_server: ComposePostgres) -> Iterator[DeployedPgBouncer]:
    with DeployedPgBouncer(
        pooled_server.base, pooled_server, pooled_server.deploy, "bouncer"
    ) as server:
        yield server


@pytest.mark.parametrize("user", ["app", "somebody_else"])
def test_user_of_the_file_and_users_of_the_server_log_in(bouncer, pooled_server, user):
    if user != "app":
        made = f"create role {user} login password {quoted(PASSWORD)} in role my_project_clients"
        pooled_server.sql(made)
    assert django(connection_to(bouncer, "tenant_0", user), SHOW_USER) == user
    refused = django(connection_to(bouncer, "tenant_0", user, "wrong"), SHOW_USER, fails=True)
    assert "SASL authentication failed" in refused or "password authentication failed" in refused


def test_nobody_becomes_a_superuser_through_pgbouncer(bouncer, pooled_server):
    chief = "create role chief superuser login password 'chief' in role my_project_clients"
    pooled_server.sql(chief)
    direct = connection_to(pooled_server, "tenant_0", "chief", "chief")
    assert django(direct, SHOW_USER) == "chief"
    refused = django(connection_to(bouncer, "tenant_0", "chief", "chief"), SHOW_USER, fails=True)
    assert "failed" in refused


def test_accounts_of_others_do_not_come_in(bouncer, pooled_server):
    """The function answers for members of one role: none of them is a role for replication, or of another project."""
    pooled_server.sql("create role neighbour login password 'neighbour'")
    pooled_server.sql("create role some_clients; grant some_clients to neighbour")
    direct = connection_to(pooled_server, "tenant_0", "neighbour", "neighbour")
    assert django(direct, SHOW_USER) == "neighbour"
    through = connection_to(bouncer, "tenant_0", "neighbour", "neighbour")
    assert "failed" in django(through, SHOW_USER, fails=True)


def test_password_that_has_expired_is_none(bouncer, pooled_server):
    pooled_server.sql(
        "create role leaver login password 'leaver' valid until 'yesterday' in role my_project_clients"
    )
    assert "failed" in django(
        connection_to(bouncer, "tenant_0", "leaver", "leaver"), SHOW_USER, fails=True
    )


def test_passwords_are_for_bouncer_alone_to_ask(pooled_server):
    database = "template1" if too_old() else "bouncer_auth"
    with pytest.raises(ServerFailed, match="permission denied"):
        pooled_server.sql("set role app; select bouncer.get_auth('app')", database)
    hashed = pooled_server.sql(
        "set role bouncer; select passwd from bouncer.get_auth('app')", database
    )
    assert hashed.startswith("SCRAM-SHA-256$")


MAKE = """
from manydb.tenants.lifecycle.creation import create
from manydb.tenants.models import Tenant
for name in ("red", "blue"):
    row = create(name)
    print(row.database, end=" ")
"""
THROUGH = """
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from manydb.tenants import tenant_context
from manydb.tenants.models import Tenant
from manydb.fleet.tenant_logins import TenantAccount

def tried(connection, sql):
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]
    except Exception as error:
        return type(error).__name__

for name in ("red", "blue"):
    with tenant_context(name):
        print(tried(connections[name.upper()], "select current_user"), end=" ")
with tenant_context("red"):
    red, blue = connections["RED"], Tenant.objects.get(name="blue")
    print(tried(red, f"select 1 from {blue.database}.public.django_migrations"), end=" ")
    print(tried(red, f"set role {TenantAccount(str(blue.uuid), blue.account).name()}"), end=" ")
    for name in (red.settings_dict["NAME"], blue.database):  # with its password in hand
        stolen = DatabaseWrapper({**red.settings_dict, "NAME": name}, "stolen")
        print(tried(stolen, "select 1"), end=" ")
"""


def test_tenants_with_accounts_of_their_own_are_kept_apart_by_the_server(
    rendered: Callable[..., Path], pooled_server, tmp_path
):
    """Each comes in through PgBouncer with its own account, asked for by auth_query, and reaches no other database."""
    answers = {"router": "tenant", "tenants": "red,blue", "legacy_models": "false"}
    answers |= {"database_engine": "postgresql", "pooling": "pgbouncer"}
    project = tmp_path / "my_project"
    shutil.copytree(rendered(**answers), project)
    settings = project / "my_project" / "settings" / "tenants.py"
    settings.write_text(
        settings.read_text() + "TENANT_ACCOUNTS = True\nTENANT_POOL_CONNECTIONS = 5\n"
    )
    databases = project / "my_project" / "settings" / "databases.py"
    databases.write_text(databases.read_text().replace('"red", "blue"', ""))
    pooled_server.sql("create database my_project owner app")
    env = {
        "DJANGO_SETTINGS_MODULE": "my_project.settings.production",
        "SECRET_KEY": "x" * 60,
        "BASE_DOMAIN": "example.com",
        "TENANTS": "",
        "TENANT_ACCOUNTS_KEY": "pgbouncer" * 4,
        "DATABASE_USER": "app",
        "DATABASE_PASSWORD": PASSWORD,
        "DATABASE_TLS": "false",
        "DATABASE_DIRECT_HOST": pooled_server.host,
        "DATABASE_DIRECT_PORT": str(pooled_server.port),
    }
    base, deploy = pooled_server.base, pooled_server.deploy
    limits = {"max_user_connections": "1"}
    with DeployedPgBouncer(base, pooled_server, deploy, "for-tenants", **limits) as pooler:
        env |= {"DATABASE_HOST": pooler.host, "DATABASE_PORT": str(pooler.port)}
        manage(project, "migrate_databases", env=env)
        made = manage(project, "shell", "-v0", "-c", MAKE, env=env).stdout.split()
        admit_bouncer(pooled_server, *made)
        said = manage(project, "shell", "-v0", "-c", THROUGH, env=env).stdout.split()
        servers = [line.split("|") for line in pooler.console("show servers").splitlines()]
    red, blue, *attacks = said
    assert red.startswith("t") and blue.startswith("t") and red != blue
    refused = ["NotSupportedError", "ProgrammingError", "OperationalError"]
    assert attacks == [*refused[:2], "1", refused[2]], said
    # What it costs: the limit holds one account over all databases, and each tenant has its own.
    assert len([line for line in servers if line[1] in (red, blue)]) == 2
    for name in ("my_project", *made):
        pooled_server.sql(f"drop database {name} with (force)")


def admit_bouncer(server: ComposePostgres, *names: str) -> None:
    """As README.md says for old releases: the function, and the right to connect, in each database."""
    if too_old():
        script = (server.deploy / "pgbouncer" / "auth_query.sql").read_text()
        for name in names:
            server.sql(script[script.index("CREATE SCHEMA") :], name)
            server.sql(f"grant connect on database {name} to bouncer", name)


@pytest.mark.long
@pytest.mark.parametrize(("program", "interface"), [("gunicorn", "wsgi"), ("uvicorn", "asgi")])
def test_a_login_is_rotated_while_pages_come_in_through_it(
    rendered: Callable[..., Path], pooled_server, tmp_path, monkeypatch, program, interface
):
    """It asks the server for each login: no page fails while both are valid, and nobody restarts anything."""
    answers = {"router": "simple", "tenants": "acme", "legacy_models": "false"}
    answers |= {"database_engine": "postgresql", "pooling": "pgbouncer"}
    project = rendered(**answers, parameter_store="aws_secrets_manager")
    names = ("my_project", "my_project_acme")
    for name in names:
        pooled_server.sql(f"create database {name} owner app")
    admit_bouncer(pooled_server, *names)
    pooled_server.sql("create role app_b login password 'b-1' in role app, my_project_clients")
    pooled_server.sql("alter role app_b set role app")
    for name, value in {**AWS, "AWS_DEFAULT_REGION": AWS["AWS_REGION"]}.items():
        monkeypatch.setenv(name, value)
    base, deploy = pooled_server.base, pooled_server.deploy
    try:
        with (
            DeployedPgBouncer(base, pooled_server, deploy, f"rotating-{program}") as pooler,
            moto(tmp_path / "moto") as aws,
        ):
            given = variables("my_project", pooler, "pgbouncer")
            given |= {"TENANTS": "acme", "PARAMETER_SECONDS": "1", "CONN_MAX_AGE": "0"}
            aws.put(**given)
            env = dict(with_pages(given, "my_project").items() - given.items()) | AWS
            env |= {"AWS_ENDPOINT_URL": aws.url, "PARAMETER_PATH": "my_project"}
            manage(project, "migrate_databases", env=env)
            application = f"my_project.{interface}:application"
            with (
                serving(project, tmp_path / "log", env, application, program) as site,
                visitors(site, DOMAIN) as them,
            ):
                rotate(them, pooled_server, partial(put, aws, given), '["app"]', '["app_b"]')
    finally:
        for name in names:
            pooled_server.sql(f"drop database {name} with (force)")
        pooled_server.sql("drop role app_b")


ALL_AT_ONCE = """
    for alias in connections:
        connections[alias].cursor().execute("select 1")
    print(len([c for c in connections.all() if c.connection]))
"""


def test_limit_per_user_holds_all_databases_together(pooled_server):
    """Six databases, three server connections: the one that idles longest makes way."""
    name, deploy = "braked", pooled_server.deploy
    limits = {"max_user_connections": "3"}
    with DeployedPgBouncer(pooled_server.base, pooled_server, deploy, name, **limits) as braked:
        databases = {
            f"tenant_{number}": connection_to(braked, f"tenant_{number}")["default"]
            for number in range(6)
        }
        default = {"default": databases["tenant_0"]}
        assert django(default | databases, ALL_AT_ONCE) == "7"
        servers = [line.split("|") for line in braked.console("show servers").splitlines()]
    assert 0 < len([user for _, user, *_ in servers if user == "app"]) <= 3


def test_line_for_the_file_is_what_the_server_keeps_and_it_logs_in(pooled_server, server_folder):
    """The command of README.md's step 2; the password itself is not in the line."""
    deploy = pooled_server.deploy / "pgbouncer"
    command = readme_command(pooled_server.deploy, "psql --no-align").replace(
        "user=my_project", "user=app"
    )
    if too_old():
        command = command.replace("bouncer_auth", "template1")
    place = {
        "PGHOST": str(pooled_server.home),
        "PGPORT": str(pooled_server.port),
        "PGUSER": "bouncer",
    }
    path = {"PATH": path_of(programs.postgresql("psql"))}
    line = subprocess.check_output(
        ["sh", "-c", command], cwd=deploy, env=environ() | place | path, text=True
    )
    assert line.startswith('"app" "SCRAM-SHA-256$') and PASSWORD not in line

    with DeployedPgBouncer(
        server_folder, pooled_server, pooled_server.deploy, "secretive"
    ) as pooler:
        file = pooler.data / "userlist.txt"
        file.write_text(file.read_text().splitlines()[0] + "\n" + line)
        pooler.console("reload")
        assert django(connection_to(pooler, "tenant_0"), SHOW_USER) == "app"
        assert django(connection_to(pooler, "tenant_1"), SHOW_USER) == "app"


def test_limits_add_up_to_the_connections_of_the_server(rendered, compose):
    ini = (compose.deploy / "pgbouncer" / "pgbouncer.ini").read_text()
    column = re.findall(r"^; (?:  |\+ |= )\D+?(?:12|\d+)(?:, .*)?$", ini, re.MULTILINE)
    numbers = [int(re.search(r" (\d+)(?:,|$)", line)[1]) for line in column]
    *parts, total = numbers
    assert sum(parts) == total == int(flags(compose.service["command"])["max_connections"])
    assert "max_user_connections = 80" in ini and parts[0] == 80


def test_bouncer_may_use_the_console(bouncer):
    settings = dict(line.split("|")[:2] for line in bouncer.console("show config").splitlines())
    assert settings["pool_mode"] == "transaction"
    assert settings["max_user_connections"] == "80"
    assert settings["query_wait_timeout"] == "5"
    assert settings["server_login_retry"] == "1"


def test_pgbouncer_with_tls_on_both_sides_meets_the_preset(rendered, server_folder):
    """The whole ini file: nothing is left out but the places of files."""
    require("PostgreSQL", "PgBouncer")
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    deploy = visible(server_folder, project)
    tls = certificates(server_folder / "pgbouncer-certificates")
    with tls.server("postgresql", server_folder, "behind-tls") as server:
        folder = account.private(server_folder / "tls-pgbouncer")
        password = server.password
        (folder / "userlist.txt").write_text(f'"app" "{password}"\n')
        port = free_port()
        ini = edited(
            (deploy / "pgbouncer" / "pgbouncer.ini").read_text(),
            listen_addr="127.0.0.1",
            listen_port=str(port),
            auth_file=str(folder / "userlist.txt"),
            client_tls_cert_file=str(tls.certificate),
            client_tls_key_file=str(tls.key),
            server_tls_ca_file=str(tls.authority),
        ).replace("host=db.internal port=5432", f"host=127.0.0.1 port={server.port}")
        if too_old():
            ini = re.sub(r"^auth_dbname.*\n", "", ini, flags=re.MULTILINE)
        (folder / "pgbouncer.ini").write_text(ini)
        for path in folder.iterdir():
            account.hand_over(path)
        with running(
            account.dies_with_us([programs.pgbouncer(), folder / "pgbouncer.ini"]),
            server_folder / "tls-pgbouncer.log",
            lambda: listens(port),
            env=environ(),
            cwd="/",
            **account.identity(),
        ):
            preset = preset_of("postgresql", "pgbouncer")
            strict = preset.pooled(ca_file=str(tls.authority))
            place = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "app"}
            place |= {"HOST": "127.0.0.1", "PORT": port, "PASSWORD": password}
            assert django({"default": strict | place}, SHOW_USER) == "app"
            plain = preset.pooled(tls=False)
            plain["OPTIONS"]["sslmode"] = "disable"
            assert "SSL required" in django({"default": plain | place}, SHOW_USER, fails=True)
