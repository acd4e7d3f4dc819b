"""What the kit starts is real: replication, lag, crashes, a pooler in transaction mode."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.servers import MariaDB, PgBouncer, Postgres, ServerFailed, programs
from tests.servers.tools import run

Pair = tuple[Postgres, Postgres] | tuple[MariaDB, MariaDB]


@pytest.fixture(params=["postgres", "mariadb"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A primary and its replica, with the table `scratch.t` on both."""
    primary = request.getfixturevalue(request.param)
    replica = request.getfixturevalue(f"{request.param}_replica")
    primary.sql("create database scratch")
    primary.sql("create table t (id int primary key)", "scratch")
    table = "t" if isinstance(primary, Postgres) else "scratch.t"
    primary.sql(f"grant select, insert on {table} to app", "scratch")
    replica.catch_up()
    yield primary, replica
    primary.sql("drop database scratch")


def rows(server: Postgres | MariaDB) -> int:
    return int(server.sql("select count(*) from t", "scratch"))


def as_app(server: Postgres | MariaDB, statement: str) -> str:
    """As the project under test connects: over TCP, as its user, with its password."""
    place = {"host": server.host, "port": server.port, "user": server.user}
    if isinstance(server, MariaDB):
        options = [f"--{key}={value}" for key, value in place.items()]
        secret = f"--password={server.password}"
        return run(
            server.client, "--no-defaults", "-BN", *options, secret, "scratch", "-e", statement
        )
    secret = f"password='{server.password}' dbname=scratch"
    target = " ".join([*(f"{key}={value}" for key, value in place.items()), secret])
    return run(programs.postgresql("psql"), "-XAtqc", statement, "-d", target)


def test_a_replica_follows_its_primary_and_refuses_the_app_s_writes(pair: Pair) -> None:
    primary, replica = pair
    as_app(primary, "insert into t values (1)")
    replica.catch_up()
    assert as_app(replica, "select id from t") == "1"
    with pytest.raises(ServerFailed, match="read-only"):
        as_app(replica, "insert into t values (2)")


def test_a_paused_replica_serves_old_rows_until_it_is_resumed(pair: Pair) -> None:
    primary, replica = pair
    replica.pause_replay()
    primary.sql("insert into t values (1)", "scratch")
    time.sleep(0.1)  # a replica that were not paused needs 1 ms
    try:
        assert (rows(primary), rows(replica)) == (1, 0)
        assert replica.position() != primary.position()
    finally:
        replica.resume_replay()
    replica.catch_up()
    assert rows(replica) == 1


def test_a_delayed_replica_is_behind_by_that_long(pair: Pair) -> None:
    primary, replica = pair
    replica.delay(2)  # MariaDB keeps whole seconds, give or take one
    try:
        before = time.monotonic()
        primary.sql("insert into t values (1)", "scratch")
        assert rows(replica) == 0
        replica.catch_up()
        assert 0.9 < time.monotonic() - before < 10
        assert rows(replica) == 1
    finally:
        replica.delay(0)


@pytest.mark.parametrize("who", ["primary", "replica"])
def test_a_killed_server_comes_back_with_its_data_and_replicates_on(pair: Pair, who: str) -> None:
    primary, replica = pair
    primary.sql("insert into t values (1)", "scratch")
    victim = primary if who == "primary" else replica
    victim.kill()
    with pytest.raises(ServerFailed):
        victim.sql("select 1")
    victim.start()
    primary.sql("insert into t values (2)", "scratch")
    replica.catch_up()
    assert (rows(primary), rows(replica)) == (2, 2)


def test_the_environment_names_the_roles_of_the_servers(pgbouncer: PgBouncer) -> None:
    primary, reader = pgbouncer.server, pgbouncer.replica
    assert reader is not None
    assert reader.sql("select pg_is_in_recovery()", "postgres") == "t"
    environment = pgbouncer.environment()
    assert environment["DATABASE_PORT"] == str(pgbouncer.port)
    assert environment["DATABASE_READER_PORT"] == str(reader.port)
    assert environment["DATABASE_DIRECT_PORT"] == str(primary.port)
    assert "DATABASE_DIRECT_PORT" not in primary.environment()


def connect(pooler: PgBouncer, password: str = PgBouncer.password) -> psycopg.Connection:
    return psycopg.connect(
        host=pooler.host,
        port=pooler.port,
        user=pooler.user,
        password=password,
        dbname="postgres",
        autocommit=True,
    )


def test_pgbouncer_serves_more_clients_than_it_has_connections(pgbouncer: PgBouncer) -> None:
    clients = [connect(pgbouncer) for _ in range(20)]
    servers = {c.execute("select pg_backend_pid()").fetchone() for c in clients}
    assert 1 <= len(servers) <= 5
    with clients[0].transaction(), clients[1].transaction():
        both = {c.execute("select pg_backend_pid()").fetchone() for c in clients[:2]}
        assert len(both) == 2
    for client in clients:
        client.close()
    with pytest.raises(psycopg.OperationalError, match=r"(?i)authentication|password"):
        connect(pgbouncer, password="wrong")


def test_pgbouncer_does_not_wait_for_its_clients_to_go(pgbouncer: PgBouncer) -> None:
    client = connect(pgbouncer)
    before = time.monotonic()
    pgbouncer.stop()
    try:
        assert time.monotonic() - before < 5  # the kit gives up on a server after 20
        with pytest.raises(psycopg.OperationalError):
            client.execute("select 1")
    finally:
        pgbouncer.start()
        client.close()
