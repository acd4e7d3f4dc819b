"""Rendered projects in production: their settings, on real servers, served as the README says.

Each query asks the server that runs it who it is: the number of a server of the kit is its port.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..commands import PROBES, manage, run
from ..production import (
    DOMAIN,
    TENANTS,
    Site,
    collect,
    create,
    drop,
    serving,
    variables,
    with_pages,
)
from ..rendering import in_tiers, name_of, pairwise
from ..servers import PgBouncer
from ..servers.fixtures import server_of
from ..servers.ports import free_port

POOLINGS = {"mysql": ("none", "rds_proxy"), "postgresql": ("none", "rds_proxy", "pgbouncer")}
PROJECTS = [
    {"database_engine": engine, "router": router, "pooling": pooling}
    for engine, poolings in POOLINGS.items()
    for router in ("simple", "tenant", "replica")
    for pooling in poolings
]


@dataclass(frozen=True, slots=True)
class Production:
    """A project whose databases are there and migrated."""

    answers: dict[str, str]
    folder: Path
    env: dict[str, str]
    primary: Any
    pooler: PgBouncer | None
    migrated: str
    pooled_meanwhile: list[str]

    @property
    def slug(self) -> str:
        return self.answers["project_slug"]

    def role(self, number: int | str) -> str:
        """Which server of the kit has this number."""
        return {self.primary.port: "primary", self.primary.replica.port: "replica"}[int(number)]


@pytest.fixture(scope="module", params=in_tiers(PROJECTS, pairwise(PROJECTS)), ids=name_of)
def production(request: pytest.FixtureRequest, rendered: Any) -> Iterator[Production]:
    engine, router, pooling = request.param.values()
    slug = f"live_{router}_{pooling}"  # the session's servers are shared
    answers = request.param | {"project_slug": slug}
    folder = rendered(**answers)
    primary = server_of(request, engine, replicated=True)
    pooler = request.getfixturevalue("pgbouncer") if pooling == "pgbouncer" else None
    env = variables(slug, pooler or primary, pooling)
    names = {
        "accounts": "accounts",
        **{f"{slug}_{tenant}": "conferences" for tenant in TENANTS},
        slug: "",
    }
    try:
        for name, app in names.items():
            create(primary, name, folder / "legacy" / app / f"{engine}.sql" if app else None)
        # Nothing is where RDS Proxy would be, so what goes to it fails.
        nowhere = {"DATABASE_PORT": str(free_port())} if pooling == "rds_proxy" else {}
        before = traffic(pooler)
        migrated = manage(folder, "migrate_databases", env=env | nowhere).stdout
        meanwhile = sorted(traffic(pooler) - before)
        primary.replica.catch_up()
        collect(folder)
        yield Production(answers, folder, env, primary, pooler, migrated, meanwhile)
    finally:
        for name in names:
            drop(primary, name)
        primary.replica.catch_up()


def traffic(pooler: PgBouncer | None) -> set[str]:
    """PgBouncer's own count of what it has passed on, a line for each database."""
    if pooler is None:
        return set()
    rows = pooler.sql("show stats_totals").splitlines()
    return {row for row in rows if not row.startswith("pgbouncer|")}  # the console itself


# Commands


def test_migrations_go_past_the_pooler(production):
    lines = dict(line.split(": ") for line in production.migrated.splitlines())
    assert lines.pop("In all") == "3 migrated."
    assert lines.keys() == {"default", "ACME", "GLOBEX"}
    assert all(line.startswith("applied ") for line in lines.values())
    assert production.pooled_meanwhile == []
    if production.pooler:  # whose count would have shown it
        before = traffic(production.pooler)
        manage(production.folder, "databases", env=production.env)
        passed_on = {row.split("|")[0] for row in traffic(production.pooler) - before}
        names = (production.slug, *(f"{production.slug}_{tenant}" for tenant in TENANTS))
        assert passed_on == {"accounts", *names}


def test_databases_shows_every_alias_reachable_and_every_replica_s_lag(production):
    shown = manage(production.folder, "databases", "--json", env=production.env).stdout
    rows = {row["alias"]: row for row in json.loads(shown)}
    primaries = ["default", "accounts", "ACME", "GLOBEX"]
    assert list(rows) == [alias + suffix for alias in primaries for suffix in ("", "_RO")]
    assert {row["reachable"] for row in rows.values()} == {True}
    # Seconds, however busy the machine is: not the age of a primary that has nothing to send.
    assert all(0 <= rows[f"{alias}_RO"]["lag"] < 60 for alias in primaries)
    assert [rows[alias]["pending"] for alias in primaries] == [0, None, 0, 0]
    env = production.env
    reader = f"{env['DATABASE_READER_HOST']}:{env['DATABASE_READER_PORT']}"
    assert {rows[f"{alias}_RO"]["host"] for alias in primaries} == {reader}


def test_django_s_checks_of_a_deployment_find_nothing(production):
    done = manage(
        production.folder, "check", "--deploy", "--fail-level=WARNING", env=production.env
    )
    assert done.stdout == "System check identified no issues (0 silenced).\n", done


def test_they_find_what_can_t_work(production):
    """A folder for files that is none, and no client program of the server."""
    env = production.env | {"MEDIA_ROOT": "/etc/passwd/files", "PATH": "/nowhere"}
    found = manage(production.folder, "check", "--deploy", env=env, check=False).stderr
    programs = {"manydb.W221"} if production.answers["router"] == "tenant" else set()
    assert set(re.findall(r"manydb\.[EW]\d+", found)) == {"manydb.W014"} | programs, found


# Queries

WHO_READS = {
    "simple": {"default": "primary", "accounts": "primary", "ACME": "primary"},
    "tenant": {"default": "primary", "accounts": "replica", "ACME": "replica"},
    # Its tenants are named by .using("ACME"), and that is the primary.
    "replica": {"default": "replica", "accounts": "replica", "ACME": "primary"},
}
WRITTEN = {
    "{slug}": "select name from auth_group",
    "accounts": "select {q}ACCOUNTNAME{q} from accounts where {q}ACRONYM{q} = 'NEW'",
    "{slug}_acme": "select email from conferences_registration",
}


def ask(production: Production, question: str) -> Any:
    """The answer of tests/probes/live.py, run with the project's production settings."""
    env = production.env | {"PYTHONPATH": str(PROBES)}
    return json.loads(run(production.folder, "-m", "live", question, env=env).stdout)


def test_reads_land_on_the_replica_inside_use_replica_and_writes_on_the_primary(production):
    inside, outside = (
        {alias: production.role(server) for alias, server in answer.items()}
        for answer in ask(production, "read_and_write")
    )
    assert inside == WHO_READS[production.answers["router"]] | {"ACME_RO": "replica"}
    assert outside == WHO_READS["simple"] | {"ACME_RO": "replica"}

    production.primary.replica.catch_up()
    quote = {"mysql": "`", "postgresql": '"'}[production.answers["database_engine"]]
    for database, query in WRITTEN.items():
        for server in (production.primary, production.primary.replica):
            row = server.sql(query.format(q=quote), database.format(slug=production.slug))
            assert production.role(row) == "primary", (database, server)


def test_a_write_to_a_replica_is_refused_here_and_would_be_there(production):
    guarded, unguarded = ask(production, "write_to_replicas")
    assert list(guarded) == list(unguarded) == ["default_RO", "accounts_RO", "ACME_RO"]
    for alias, (error, message) in guarded.items():
        assert error == "ReadOnlyDatabase"
        assert message.startswith(f"{alias} is a read-only replica")
        assert f'.using("{alias.removesuffix("_RO")}")' in message
    for error, message in unguarded.values():
        assert error in ("InternalError", "OperationalError")
        assert "read-only" in message


# Pages


@pytest.fixture(scope="module")
def with_probe(production: Production) -> dict[str, str]:
    return with_pages(production.env, production.slug)


@pytest.fixture(scope="module")
def site(
    production: Production, with_probe: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with serving(production.folder, log, with_probe, f"{production.slug}.wsgi") as running:
        yield running


def tell_apart(production: Production) -> None:
    """Gives each tenant's conference a name of its own."""
    for tenant in TENANTS:
        production.primary.sql(
            f"update confrnce set cfname = 'Only of {tenant}' where cfcnf = 'ESHT24'",
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


def test_a_form_is_accepted_from_its_own_host_only(production, site):
    host = f"globex.{DOMAIN}"
    token = site.cookies(host, "/admin/login/")["__Host-csrftoken"].partition(";")[0]
    form = f"csrfmiddlewaretoken={token}&username=ada&password=wrong"
    answers = {}
    for origin in (host, f"acme.{DOMAIN}", DOMAIN, f"acme.{DOMAIN}:8443", "elsewhere.example"):
        headers = {"Origin": f"https://{origin}", "Cookie": f"__Host-csrftoken={token}"}
        answers[origin] = site.post(host, "/admin/login/", form, headers)[0]
    assert answers.pop(host) == 200
    assert set(answers.values()) == {403}


def test_no_page_of_another_host_can_set_a_cookie_of_this_one(production, site):
    cookies = site.cookies(f"acme.{DOMAIN}", "/admin/login/")
    assert "__Host-csrftoken" in cookies
    for name, attributes in cookies.items():
        # What a browser asks of this prefix: https, all paths, and no domain.
        assert name.startswith("__Host-"), name
        assert "Secure" in attributes and "Path=/" in attributes and "Domain" not in attributes


def test_after_a_write_the_request_reads_the_primary_and_the_next_one_the_replica(production, site):
    router = production.answers["router"]
    first = "primary" if router == "simple" else "replica"
    for _ in range(2):
        status, answer = site.get(f"acme.{DOMAIN}", "/write-then-read/")
        assert status == 200, site.log.read_text()
        assert [production.role(server) for server in json.loads(answer)] == [first, "primary"]


@pytest.mark.parametrize("production", [PROJECTS[-4]], ids=name_of, indirect=True)
def test_uvicorn_serves_the_same(production, with_probe, tmp_path):
    application = f"{production.slug}.asgi:application"
    tell_apart(production)
    with serving(production.folder, tmp_path / "log", with_probe, application, "uvicorn") as site:
        shows_tenants_apart(site)
        _, answer = site.get(f"acme.{DOMAIN}", "/write-then-read/")
        roles = [production.role(server) for server in json.loads(answer)]
        assert roles == ["replica", "primary"]
