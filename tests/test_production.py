"""Rendered projects in production: their settings, on real servers, served as the README says.

Each query asks the server that runs it who it is: the number of a server of the kit is its port.
"""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .production import DOMAIN, TENANTS, Site, serving, variables
from .projects import manage, run
from .renderings import name_of
from .servers import MariaDB, PgBouncer, Server
from .servers.fixtures import require
from .servers.ports import free_port

POOLINGS = {"mysql": ("none", "rds_proxy"), "postgresql": ("none", "rds_proxy", "pgbouncer")}
PROJECTS = [
    {"database_engine": engine, "router": router, "pooling": pooling}
    for engine, poolings in POOLINGS.items()
    for router in ("simple", "tenant", "replica")
    for pooling in poolings
]
SERVERS = {
    "mysql": ("mariadb", "mariadb_replica"),
    "postgresql": ("postgres", "postgres_replica"),
}


@dataclass(frozen=True, slots=True)
class Production:
    """A project whose databases are there and migrated."""

    answers: dict[str, str]
    folder: Path
    env: dict[str, str]
    primary: Any
    pooler: PgBouncer | None
    migrated: str
    pools_after_migrating: frozenset[str]

    @property
    def slug(self) -> str:
        return self.answers["project_slug"]

    def role(self, number: int | str) -> str:
        """Which server of the kit has this number."""
        return {self.primary.port: "primary", self.primary.replica.port: "replica"}[int(number)]

    def pools(self) -> frozenset[str]:
        return pools(self.pooler)


@pytest.fixture(scope="module", params=PROJECTS, ids=name_of)
def production(request: pytest.FixtureRequest, rendered: Any) -> Iterator[Production]:
    engine, router, pooling = request.param.values()
    if engine == "mysql":
        require("MariaDB", "mysqlclient")
    slug = f"live_{router}_{pooling}"  # the session's servers are shared
    answers = request.param | {"project_slug": slug}
    folder = rendered(**answers)
    primary, replica = (request.getfixturevalue(name) for name in SERVERS[engine])
    pooler = request.getfixturevalue("pgbouncer") if pooling == "pgbouncer" else None
    env = variables(slug, pooler or primary, pooling)
    names = {
        "accounts": "accounts",
        **{f"{slug}_{tenant}": "conferences" for tenant in TENANTS},
        slug: "",
    }
    try:
        for name, legacy in names.items():
            create(primary, name, folder / "legacy" / legacy / f"{engine}.sql" if legacy else None)
        # Nothing is where RDS Proxy would be, so what goes to it fails.
        nowhere = {"DATABASE_PORT": str(free_port())} if pooling == "rds_proxy" else {}
        migrated = manage(folder, "migrate_databases", env=env | nowhere).stdout
        pools_then = pools(pooler)
        replica.catch_up()
        yield Production(answers, folder, env, primary, pooler, migrated, pools_then)
    finally:
        for name in names:
            drop(primary, name)
        replica.catch_up()


def create(server: Any, name: str, legacy: Path | None) -> None:
    """An empty database or, as another system left it, one with its tables."""
    drop(server, name)
    own = isinstance(server, MariaDB)
    server.sql(f"create database {name}" + ("" if own else f" owner {server.user}"))
    if legacy:
        login = "" if own else f"set role {server.user};"
        server.sql(login + legacy.read_text(), name)


def drop(server: Any, name: str) -> None:
    force = "" if isinstance(server, MariaDB) else " with (force)"
    server.sql(f"drop database if exists {name}{force}")


def pools(pooler: PgBouncer | None) -> frozenset[str]:
    """The databases that clients have asked this PgBouncer for."""
    if pooler is None:
        return frozenset()
    return frozenset(row.split("|")[0] for row in pooler.sql("show pools").splitlines())


# Commands


def test_migrations_go_past_the_pooler(production):
    lines = dict(line.split(": ") for line in production.migrated.splitlines())
    assert lines.keys() == {"default", "ACME", "GLOBEX"}
    assert all(line.startswith("applied ") for line in lines.values())
    ours = {production.slug, *(f"{production.slug}_{tenant}" for tenant in TENANTS)}
    assert not ours & production.pools_after_migrating
    if production.pooler:  # which would have shown
        manage(production.folder, "databases", env=production.env)
        assert ours <= production.pools()


def test_databases_shows_every_alias_reachable_and_every_replica_s_lag(production):
    shown = manage(production.folder, "databases", "--json", env=production.env).stdout
    rows = {row["alias"]: row for row in json.loads(shown)}
    primaries = ["default", "accounts", "ACME", "GLOBEX"]
    assert list(rows) == [alias + suffix for alias in primaries for suffix in ("", "_RO")]
    assert {row["reachable"] for row in rows.values()} == {True}
    assert {rows[f"{alias}_RO"]["lag"] for alias in primaries} == {0.0}
    assert [rows[alias]["pending"] for alias in primaries] == [0, None, 0, 0]
    env = production.env
    reader = f"{env['DATABASE_READER_HOST']}:{env['DATABASE_READER_PORT']}"
    assert {rows[f"{alias}_RO"]["host"] for alias in primaries} == {reader}


def test_django_s_checks_of_a_deployment_find_nothing(production):
    done = manage(
        production.folder, "check", "--deploy", "--fail-level=WARNING", env=production.env
    )
    assert done.stdout == "System check identified no issues (0 silenced).\n", done


# Queries

PRELUDE = """
    import json
    from uuid import uuid4

    import django

    django.setup()

    from django.contrib.auth.models import Group
    from django.contrib.contenttypes.models import ContentType
    from django.db import DatabaseError, connections
    from django.db.models import CharField, IntegerField
    from django.db.models.expressions import RawSQL
    from django.db.models.functions import Cast
    from SLUG.accounts.models import Account
    from SLUG.conferences.models import Conference, Registration

    number = RawSQL(
        {"mysql": "@@server_id", "postgresql": "inet_server_port()"}[connections["default"].vendor],
        (),
        output_field=IntegerField(),
    )
    text = Cast(number, CharField(max_length=20))

    def reader(queryset):
        return queryset.annotate(server=number).values_list("server", flat=True)[0]
"""

READ_AND_WRITE = """
    tenants = ACTIVE
    with tenants:
        read = {
            "default": reader(ContentType.objects.all()),
            "accounts": reader(Account.objects.all()),
            "ACME": reader(Conference.objectsUSING.all()),
            "ACME_RO": reader(Conference.objects.using("ACME_RO")),
        }
        Group.objects.create(name=text)
        Account.objects.create(acronym="NEW", name=text)
        Registration.objectsUSING.create(conference_id="ESHT24", email=text)
    print(json.dumps(read))
"""

WHO_READS = {
    "simple": {"default": "primary", "accounts": "primary", "ACME": "primary"},
    "tenant": {"default": "primary", "accounts": "replica", "ACME": "replica"},
    # Its tenants are named by .using("ACME"), and that is the primary.
    "replica": {"default": "replica", "accounts": "replica", "ACME": "primary"},
}
WRITTEN = {
    "{slug}": "select name from auth_group",
    "accounts": "select {accountname} from accounts where {acronym} = 'NEW'",
    "{slug}_acme": "select email from conferences_registration",
}


def script(lines: str, slug: str, router: str) -> str:
    """The lines for a router that knows the tenant by a context, or for one that needs ``.using()``."""
    context = f'__import__("{slug}.tenants.context").tenants.context.tenant_context("acme")'
    nothing = '__import__("contextlib").nullcontext()'
    return (
        textwrap.dedent(PRELUDE + lines)
        .replace("SLUG", slug)
        .replace("ACTIVE", context if router == "tenant" else nothing)
        .replace("USING", "" if router == "tenant" else '.using("ACME")')
    )


def ask(production: Production, lines: str) -> Any:
    """What the lines print, run with the project's production settings."""
    command = script(lines, production.slug, production.answers["router"])
    return json.loads(run(production.folder, "-c", command, env=production.env).stdout)


def test_reads_land_on_the_replica_and_writes_on_the_primary(production):
    read = {alias: production.role(server) for alias, server in ask(production, READ_AND_WRITE).items()}
    assert read == WHO_READS[production.answers["router"]] | {"ACME_RO": "replica"}

    production.primary.replica.catch_up()
    upper = isinstance(production.primary, MariaDB)
    names = {name: name.upper() if upper else name for name in ("accountname", "acronym")}
    for database, query in WRITTEN.items():
        database = database.format(slug=production.slug)
        for server in (production.primary, production.primary.replica):
            row = server.sql(query.format(**names), database)
            assert production.role(row) == "primary", (database, server)


REFUSED = """
    def attempt(alias, create):
        try:
            create()
        except DatabaseError as error:
            return [type(error).__name__, str(error)]

    writes = {
        "default_RO": lambda: Group.objects.using("default_RO").create(name="x"),
        "accounts_RO": lambda: Account.objects.using("accounts_RO").create(acronym="x"),
        "ACME_RO": lambda: Registration.objects.using("ACME_RO").create(conference_id="x", email="x"),
    }
    guarded = {alias: attempt(alias, write) for alias, write in writes.items()}
    for alias in writes:
        connections[alias].execute_wrappers.clear()
    unguarded = {alias: attempt(alias, write) for alias, write in writes.items()}
    print(json.dumps([guarded, unguarded]))
"""


def test_a_write_to_a_replica_is_refused_here_and_would_be_there(production):
    guarded, unguarded = ask(production, REFUSED)
    for alias, (error, message) in guarded.items():
        assert error == "ReadOnlyDatabase"
        assert f"{alias} is a read-only replica" in message
        assert f'.using("{alias.removesuffix("_RO")}")' in message
    for error, message in unguarded.values():
        assert error in ("InternalError", "OperationalError")
        assert "read-only" in message


# Pages

PROBE_URLS = """
    from django.http import JsonResponse
    from django.urls import include, path

    from probe import Conference, ContentType, Group, Registration, reader, uuid4

    def write_then_read(request):
        rows = CHOSEN
        before = reader(rows.all())
        if rows.model is Conference:
            Registration.objects.create(conference_id="ESHT24", email=f"{uuid4()}@shop.example")
        else:
            Group.objects.create(name=str(uuid4()))
        return JsonResponse([before, reader(rows.all())], safe=False)

    urlpatterns = [path("", include("SLUG.urls")), path("write-then-read/", write_then_read)]
"""


@pytest.fixture(scope="module")
def probed(production: Production, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of production, whose settings have one more URL."""
    folder = tmp_path_factory.mktemp("probe")
    slug, router = production.slug, production.answers["router"]
    chosen = "Conference.objects" if router == "tenant" else "ContentType.objects"
    prelude = PRELUDE.replace("django.setup()", "")
    (folder / "probe.py").write_text(script("", slug, router).replace("django.setup()", ""))
    (folder / "probe_urls.py").write_text(
        textwrap.dedent(PROBE_URLS).replace("CHOSEN", chosen).replace("SLUG", slug)
    )
    (folder / "probe_settings.py").write_text(
        f'from {slug}.settings.production import *\n\nROOT_URLCONF = "probe_urls"\n'
    )
    assert prelude
    return production.env | {
        "PYTHONPATH": str(folder),
        "DJANGO_SETTINGS_MODULE": "probe_settings",
    }


@pytest.fixture(scope="module")
def site(
    production: Production, probed: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with serving(production.folder, log, probed, f"{production.slug}.wsgi") as running:
        yield running


def tell_apart(production: Production) -> None:
    """Gives each tenant a conference of its own."""
    name, code = {"mysql": ("cfname", "cfcnf"), "postgresql": ("cfname", "cfcnf")}[
        production.answers["database_engine"]
    ]
    for tenant in TENANTS:
        production.primary.sql(
            f"update confrnce set {name} = 'Only of {tenant}' where {code} = 'ESHT24'",
            f"{production.slug}_{tenant}",
        )
    production.primary.replica.catch_up()


def shows_tenants_apart(site: Site) -> None:
    for tenant, other in (TENANTS, TENANTS[::-1]):
        status, page = site.get(f"{tenant}.{DOMAIN}")
        assert status == 200
        assert f'id="tenant">{tenant}<' in page
        assert f"Only of {tenant}" in page and other not in page
        assert 'id="databases"' not in page  # for the staff alone


def test_gunicorn_serves_each_tenant_its_own_pages(production, site):
    tell_apart(production)
    shows_tenants_apart(site)
    status, page = site.get(DOMAIN)
    assert status == 200 and not any(tenant in page for tenant in TENANTS)
    assert site.get(f"nobody.{DOMAIN}")[0] == 404
    assert site.get("elsewhere.example")[0] == 400
    assert site.get(f"acme.{DOMAIN}", headers={})[0] == 301  # to https


def test_after_a_write_the_request_reads_the_primary_and_the_next_one_the_replica(production, site):
    router = production.answers["router"]
    first = "primary" if router == "simple" else "replica"
    for _ in range(2):
        status, answer = site.get(f"acme.{DOMAIN}", "/write-then-read/")
        assert status == 200, site.log.read_text()
        assert [production.role(server) for server in json.loads(answer)] == [first, "primary"]


@pytest.mark.parametrize("production", [PROJECTS[-4]], ids=name_of, indirect=True)
def test_uvicorn_serves_the_same(production, probed, tmp_path):
    application = f"{production.slug}.asgi:application"
    tell_apart(production)
    with serving(production.folder, tmp_path / "log", probed, application, "uvicorn") as site:
        shows_tenants_apart(site)
        _, answer = site.get(f"acme.{DOMAIN}", "/write-then-read/")
        roles = [production.role(server) for server in json.loads(answer)]
        assert roles == ["replica", "primary"]
