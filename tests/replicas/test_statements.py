"""How many statements a request costs, on real servers: no more than what its view sends, and a position after a write."""

from collections.abc import Iterator
from typing import Any

import pytest

from ..servers import Postgres
from .sites import Site, in_all_projects


def heard(site: Site, path: str, method: str = "GET") -> dict[str, list[str]]:
    """What a request sends to each server, by its role."""
    found: dict[str, list[str]] = {"primary": [], "replica": []}
    for port, what in site.shell(f"heard(lambda: serve({path!r}, {method!r}, **HOST))"):
        found[site.role(port)].append(what)
    return found


def settled(site: Site, path: str, method: str = "GET") -> dict[str, list[str]]:
    """The same of a connection that is not new: on a busy machine one was given up meanwhile, and a new one is asked."""
    for _ in range(5):
        found = heard(site, path, method)
        if "health" not in str(found):
            break
    return found


@pytest.fixture
def warm(site: Site) -> Site:
    """With connections that have answered a moment ago, a tenant that is known, and one row, whose key is ``pk``."""
    site.shell("health.CHECK_EVERY = replica_state.CHECK_EVERY = 1000")
    site.shell("settings.HEALTH_CHECK_SECONDS = 1000")
    site.shell("pk = get('/claim/0-heard/', client)['pk']")
    site.replica.catch_up()
    pk, warm = site.shell("pk"), 0
    for _ in range(
        50
    ):  # the replica's server is known after a moment, and a new connection is asked once
        changed, read = heard(site, f"/change/{pk}/", "POST"), heard(site, "/read/0/")
        warm = warm + 1 if read["replica"] and "health" not in str((changed, read)) else 0
        if warm == 2:
            return site
    pytest.fail(f"{changed} {read}")


@pytest.fixture(autouse=True)
def without_rows(site: Site) -> Iterator[None]:
    yield
    table = "conferences_registration" if site.slug == "pair_tenant" else "auth_group"
    field = "email" if site.slug == "pair_tenant" else "name"
    site.primary.sql(f"delete from {table} where {field} like '%-heard'", site.database)


@in_all_projects
def test_a_read_asks_its_replica_alone_and_a_write_its_primary_and_once_for_the_position(warm):
    pk = warm.shell("pk")
    assert settled(warm, "/read/0/") == {"primary": [], "replica": ["SELECT", "SELECT"]}
    assert settled(warm, "/write/") == {"primary": ["INSERT", "position"], "replica": []}
    changed = settled(warm, f"/change/{pk}/", "POST")
    assert changed == {"primary": ["SELECT", "UPDATE", "position"], "replica": []}


def test_with_a_setting_of_0_each_request_asks_for_the_health_of_the_connections_it_uses(warm):
    assert "health" not in str(heard(warm, "/read/0/"))
    warm.shell("override_settings(HEALTH_CHECK_SECONDS=0).enable()")
    for _ in range(2):
        assert heard(warm, "/read/0/") == {"primary": [], "replica": ["health", "SELECT", "SELECT"]}
    assert heard(warm, "/write/") == {"primary": ["health", "INSERT", "position"], "replica": []}


def test_a_connection_that_its_server_has_ended_is_seen_though_it_has_answered_a_moment_ago(warm):
    for server, path in ((warm.replica, "/read/0/"), (warm.primary, "/write/")):
        end_connections(server)
        assert "health" in str(heard(warm, path))


def end_connections(server: Any) -> None:
    """Those of the project's account; returns when they are ended."""
    if isinstance(server, Postgres):
        server.sql(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            f"where usename = '{server.user}'"
        )
        return
    theirs = f"from information_schema.processlist where user = '{server.user}'"
    for number in server.sql(f"select id {theirs}").split():
        server.sql(f"kill {number}")
    server.wait_until(lambda: server.sql(f"select count(*) {theirs}") == "0", "alone")
