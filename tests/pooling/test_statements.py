"""What reaches a server, and a PgBouncer, of a conversation with the settings of a preset."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ..lone_django import connection_to, django
from ..servers import MariaDB, PgBouncer, Postgres
from ..servers.fixtures import require
from .presets import only

TALK = """
    list(Note.objects.filter(text="read"))
    with transaction.atomic():
        list(Note.objects.filter(text="in a transaction"))
        Note.objects.create(text="write")
    print(sum(1 for note in Note.objects.iterator(chunk_size=10)))
    connection.close()
"""


@pytest.fixture
def logged_postgres(postgres: Postgres) -> Iterator[tuple[Postgres, str]]:
    """A database whose server logs every statement, and has another time zone than Django."""
    name = "logged"
    postgres.sql(f"create database {name} owner {postgres.user}")
    postgres.sql("create table notes_note (id bigserial primary key, text text not null)", name)
    postgres.sql(f"alter table notes_note owner to {postgres.user}", name)
    postgres.sql("insert into notes_note (text) select 'note' from generate_series(1, 5000)", name)
    postgres.sql(f"alter database {name} set log_statement = 'all'")
    postgres.sql(f"alter database {name} set timezone = 'Asia/Tokyo'")
    yield postgres, name
    postgres.sql(f"drop database {name} with (force)")


def statements_of(server: Postgres, conversation: Any) -> list[str]:
    """The statements in the server's log that the conversation put there."""
    before = server.log.stat().st_size
    conversation()
    # "statement: SELECT 1" by the simple protocol, "execute <unnamed>: SELECT 1" by the extended one.
    log = server.log.read_text()[before:]
    return re.findall(r"LOG:  (?:statement|execute [^:]*): (.*)", log)


@only("postgresql", "rds_proxy")
def test_rds_proxy_for_postgresql_hears_nothing_but_the_queries(preset, logged_postgres):
    server, name = logged_postgres
    databases = connection_to(server, name, **preset.pooled(tls=False))

    said = statements_of(server, lambda: django(databases, TALK, env={"PGTZ": "UTC"}))

    verbs = [statement.split()[0] for statement in said]
    assert verbs == ["SELECT", "BEGIN", "SELECT", "INSERT", "COMMIT", "SELECT"]
    assert not [statement for statement in said if "set_config" in statement.lower()]


@only("postgresql", "rds_proxy")
def test_the_statement_that_pins_is_really_there_without_the_preset(preset, logged_postgres):
    server, name = logged_postgres
    databases = connection_to(server, name, **preset.direct(tls=False))

    said = statements_of(server, lambda: django(databases, TALK))

    assert "set_config('TimeZone', 'UTC', false)" in said[0]
    assert [statement for statement in said if statement.startswith("DECLARE")]


@pytest.fixture
def logged_mariadb(mariadb: MariaDB) -> Iterator[tuple[MariaDB, str]]:
    require("mysqlclient")
    name = "logged"
    mariadb.sql(f"create database {name}")
    mariadb.sql(
        "create table notes_note (id bigint auto_increment primary key, text text not null)", name
    )
    numbers = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000)"
    thousand = f"insert into notes_note (text) {numbers} select 'note' from n;"
    mariadb.sql(5 * thousand, name)  # one more level of recursion is more than MySQL allows
    mariadb.sql(
        "set global log_output = 'TABLE'; truncate mysql.general_log; set global general_log = 1"
    )
    yield mariadb, name
    mariadb.sql(f"set global general_log = 0; drop database {name}")


def heard(server: MariaDB) -> list[str]:
    rows = server.sql(
        "select argument from mysql.general_log where command_type = 'Query' "
        f"and user_host like '%[{server.user}]%' order by event_time, thread_id"
    )
    return rows.splitlines()


@only("mysql", "rds_proxy")
def test_rds_proxy_for_mysql_hears_nothing_that_it_can_not_track(preset, logged_mariadb):
    server, name = logged_mariadb
    django(connection_to(server, name, **preset.pooled(tls=False)), TALK)

    said = heard(server)
    on_connect = said[: next(i for i, text in enumerate(said) if "notes_note" in text)]
    assert [text.split()[0] for text in on_connect if not text.startswith("SELECT")] == ["SET"]
    assert on_connect[0] == "SET NAMES utf8mb4"
    sets = {text for text in said if text.upper().startswith("SET")}
    # AUTOCOMMIT and NAMES are on the proxy's list of what it tracks.
    assert sets == {"SET NAMES utf8mb4", "SET autocommit=0", "SET autocommit=1"}


@only("mysql", "rds_proxy")
def test_past_the_proxy_django_sets_the_isolation_level_itself(preset, logged_mariadb):
    server, name = logged_mariadb
    django(connection_to(server, name, **preset.direct(tls=False)), TALK)
    assert "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED" in heard(server)


# Through a real PgBouncer


TWO_CLIENTS = """
    import threading

    def read(counts):
        counts.append(sum(1 for note in Note.objects.iterator(chunk_size=50)))
        connection.close()

    counts = []
    clients = [threading.Thread(target=read, args=[counts]) for _ in range(6)]
    for client in clients: client.start()
    for client in clients: client.join()
    print(counts)
"""


@only("postgresql", "pgbouncer")
def test_iterators_of_many_clients_share_server_connections(
    preset, pgbouncer: PgBouncer, logged_postgres
):
    _, name = logged_postgres
    databases = connection_to(pgbouncer, name, **preset.pooled(tls=False))
    assert django(databases, TWO_CLIENTS) == str([5000] * 6)


@only("postgresql", "pgbouncer")
def test_pgbouncer_gets_a_transaction_and_hands_its_connection_on(
    preset, pgbouncer: PgBouncer, logged_postgres
):
    _, name = logged_postgres
    databases = connection_to(pgbouncer, name, **preset.pooled(tls=False))
    assert django(databases, TALK) == "5001"
    assert (
        django(databases, "print(connection.cursor().execute('show timezone').fetchone())")
        == "('UTC',)"
    )
