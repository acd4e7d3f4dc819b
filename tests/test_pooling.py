"""The pooling presets: as dictionaries, and by what a server and a PgBouncer see of them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .authority import Certificates, certificates
from .lone_django import django, module
from .servers import MariaDB, PgBouncer, Postgres
from .servers.fixtures import MYSQL, require

PRESETS = [
    ("mysql", "none"),
    ("mysql", "rds_proxy"),
    ("postgresql", "none"),
    ("postgresql", "rds_proxy"),
    ("postgresql", "pgbouncer"),
]
POOLED = [preset for preset in PRESETS if preset[1] != "none"]

# Each would pin RDS Proxy's connection, reach other clients of PgBouncer, be refused or ignored.
FORBIDDEN = {"options", "pool", "init_command", "sql_mode", "assume_role", "server_side_binding"}
FORBIDDEN |= {"prepare_threshold", "read_timeout", "charset", "pool_size", "max_overflow"}


def forget_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """One preset puts PGTZ into the environment: gone again when the test ends."""
    monkeypatch.setenv("PGTZ", "")
    monkeypatch.delenv("PGTZ")


@pytest.fixture
def preset(rendered, engine: str, pooling: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    forget_time_zone(monkeypatch)
    project = rendered(database_engine=engine, pooling=pooling)
    return module(project / "my_project" / "databases" / "pooling.py")


@pytest.mark.parametrize(("engine", "pooling"), PRESETS)
def test_every_call_gives_fresh_dictionaries(preset, engine, pooling):
    for make in (preset.pooled, preset.direct):
        make()["OPTIONS"]["mine"] = make().setdefault("TEST", {})["mine"] = True
        make()["OPTIONS"].get("ssl", {})["mine"] = True
        assert "mine" not in make()["OPTIONS"] and "TEST" not in make()
        assert "mine" not in make()["OPTIONS"].get("ssl", {})


@pytest.mark.parametrize(("engine", "pooling"), PRESETS)
def test_direct_settings_replace_all_that_pooled_ones_set(preset, engine, pooling):
    assert preset.direct().keys() == preset.pooled().keys()
    assert preset.direct()["CONN_MAX_AGE"] == 0


@pytest.mark.parametrize(("engine", "pooling"), PRESETS)
def test_nothing_that_pins_or_leaks_is_set(preset, engine, pooling):
    for settings in (preset.pooled(), preset.direct()):
        assert FORBIDDEN & settings["OPTIONS"].keys() == set()
        assert settings["OPTIONS"]["connect_timeout"] <= 10
        assert "ATOMIC_REQUESTS" not in settings


@pytest.mark.parametrize(("engine", "pooling"), PRESETS)
def test_a_kept_connection_is_checked_and_asgi_keeps_none(preset, engine, pooling):
    assert 0 < preset.pooled()["CONN_MAX_AGE"] < 1800  # the proxy's own limit on idle clients
    assert preset.pooled()["CONN_HEALTH_CHECKS"] is True
    assert preset.pooled(max_age=0)["CONN_MAX_AGE"] == 0


@pytest.mark.parametrize(("engine", "pooling"), PRESETS)
def test_tls_is_verified_unless_it_is_given_up(preset, engine, pooling):
    mode, strict = {
        "mysql": ("ssl_mode", "VERIFY_IDENTITY"),
        "postgresql": ("sslmode", "verify-full"),
    }[engine]
    for make in (preset.pooled, preset.direct):
        assert make()["OPTIONS"][mode] == strict
        assert "/my/authority.pem" in str(make(ca_file="/my/authority.pem")["OPTIONS"])
        assert "ssl" not in str(make(tls=False)["OPTIONS"])


@pytest.mark.parametrize(("engine", "pooling"), POOLED)
def test_a_pooler_gets_no_cursors_that_outlive_a_statement(preset, engine, pooling):
    if engine == "postgresql":
        assert preset.pooled()["DISABLE_SERVER_SIDE_CURSORS"] is True
        assert preset.direct()["DISABLE_SERVER_SIDE_CURSORS"] is False


def test_ports_are_those_that_each_way_listens_on(rendered, monkeypatch):
    forget_time_zone(monkeypatch)
    ports = {}
    for engine, pooling in PRESETS:
        project = rendered(database_engine=engine, pooling=pooling)
        loaded = module(project / "my_project" / "databases" / "pooling.py")
        ports[engine, pooling] = (loaded.PORT, loaded.DIRECT_PORT)
    assert ports == {
        ("mysql", "none"): (3306, 3306),
        ("mysql", "rds_proxy"): (3306, 3306),
        ("postgresql", "none"): (5432, 5432),
        ("postgresql", "rds_proxy"): (5432, 5432),
        ("postgresql", "pgbouncer"): (6432, 5432),
    }


# What reaches a server


TALK = """
    list(Note.objects.filter(text="read"))
    with transaction.atomic():
        list(Note.objects.filter(text="in a transaction"))
        Note.objects.create(text="write")
    print(sum(1 for note in Note.objects.iterator(chunk_size=10)))
    connection.close()
"""


def settings(engine: str, server: Any, name: str, preset: dict[str, Any]) -> dict[str, Any]:
    place = {
        "HOST": server.host,
        "PORT": server.port,
        "USER": server.user,
        "PASSWORD": server.password,
    }
    backend = {"ENGINE": f"django.db.backends.{engine}", "NAME": name}
    return {"default": preset | backend | place}


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


@pytest.mark.parametrize(("engine", "pooling"), [("postgresql", "rds_proxy")])
def test_rds_proxy_for_postgresql_hears_nothing_but_the_queries(
    preset, logged_postgres, engine, pooling
):
    server, name = logged_postgres
    databases = settings(engine, server, name, preset.pooled(tls=False))

    said = statements_of(server, lambda: django(databases, TALK, env={"PGTZ": "UTC"}))

    verbs = [statement.split()[0] for statement in said]
    assert verbs == ["SELECT", "BEGIN", "SELECT", "INSERT", "COMMIT", "SELECT"]
    assert not [statement for statement in said if "set_config" in statement.lower()]


@pytest.mark.parametrize(("engine", "pooling"), [("postgresql", "rds_proxy")])
def test_the_statement_that_pins_is_really_there_without_the_preset(
    preset, logged_postgres, engine, pooling
):
    server, name = logged_postgres
    databases = settings(engine, server, name, preset.direct(tls=False))

    said = statements_of(server, lambda: django(databases, TALK))

    assert "set_config('TimeZone', 'UTC', false)" in said[0]
    assert [statement for statement in said if statement.startswith("DECLARE")]


@pytest.mark.parametrize(("engine", "pooling"), [("postgresql", "rds_proxy")])
def test_rds_proxy_preset_sets_the_time_zone_before_anything_connects(preset, engine, pooling):
    assert os.environ["PGTZ"] == "UTC"


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


@pytest.mark.parametrize(("engine", "pooling"), [("mysql", "rds_proxy")])
def test_rds_proxy_for_mysql_hears_nothing_that_it_can_not_track(
    preset, logged_mariadb, engine, pooling
):
    server, name = logged_mariadb
    django(settings(engine, server, name, preset.pooled(tls=False)), TALK)

    said = heard(server)
    on_connect = said[: next(i for i, text in enumerate(said) if "notes_note" in text)]
    assert [text.split()[0] for text in on_connect if not text.startswith("SELECT")] == ["SET"]
    assert on_connect[0] == "SET NAMES utf8mb4"
    sets = {text for text in said if text.upper().startswith("SET")}
    # AUTOCOMMIT and NAMES are on the proxy's list of what it tracks.
    assert sets == {"SET NAMES utf8mb4", "SET autocommit=0", "SET autocommit=1"}


@pytest.mark.parametrize(("engine", "pooling"), [("mysql", "rds_proxy")])
def test_past_the_proxy_django_sets_the_isolation_level_itself(
    preset, logged_mariadb, engine, pooling
):
    server, name = logged_mariadb
    django(settings(engine, server, name, preset.direct(tls=False)), TALK)
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


@pytest.mark.parametrize(("engine", "pooling"), [("postgresql", "pgbouncer")])
def test_iterators_of_many_clients_share_server_connections(
    preset, pgbouncer: PgBouncer, logged_postgres, engine, pooling
):
    _, name = logged_postgres
    databases = settings(engine, pgbouncer, name, preset.pooled(tls=False))
    assert django(databases, TWO_CLIENTS) == str([5000] * 6)


@pytest.mark.parametrize(("engine", "pooling"), [("postgresql", "pgbouncer")])
def test_pgbouncer_gets_a_transaction_and_hands_its_connection_on(
    preset, pgbouncer: PgBouncer, logged_postgres, engine, pooling
):
    _, name = logged_postgres
    databases = settings(engine, pgbouncer, name, preset.pooled(tls=False))
    assert django(databases, TALK) == "5001"
    assert (
        django(databases, "print(connection.cursor().execute('show timezone').fetchone())")
        == "('UTC',)"
    )


# TLS, as it is without tls=False


@pytest.fixture(scope="module")
def tls(server_folder: Path) -> Certificates:
    return certificates(server_folder / "certificates")


@pytest.fixture(scope="module")
def stranger(server_folder: Path) -> Certificates:
    """Another authority, that nobody's certificate is from."""
    return certificates(server_folder / "stranger")


@pytest.mark.parametrize(("engine", "pooling"), [p for p in PRESETS if p[0] == "postgresql"])
def test_postgresql_is_trusted_by_its_authority_alone(
    preset, server_folder, tls, stranger, engine, pooling
):
    require("PostgreSQL")
    switch = {"ssl": "on", "ssl_cert_file": str(tls.certificate), "ssl_key_file": str(tls.key)}
    with Postgres(server_folder, f"{engine}-tls-{pooling}", settings=switch) as server:
        for make in (preset.pooled, preset.direct):
            trusting = settings(engine, server, "postgres", make(ca_file=str(tls.authority)))
            print_tls = "print(connection.cursor().execute('select ssl from pg_stat_ssl where "
            assert django(trusting, f"{print_tls}pid = pg_backend_pid()').fetchone())") == "(True,)"
            wary = settings(engine, server, "postgres", make(ca_file=str(stranger.authority)))
            assert "certificate verify failed" in django(wary, "connection.connect()", fails=True)


@pytest.mark.parametrize(("engine", "pooling"), [p for p in PRESETS if p[0] == "mysql"])
def test_mariadb_is_trusted_by_its_authority_alone(
    preset, server_folder, tls, stranger, engine, pooling
):
    require("MariaDB", "mysqlclient")
    switch = [f"--ssl-cert={tls.certificate}", f"--ssl-key={tls.key}", f"--ssl-ca={tls.authority}"]
    with MYSQL(server_folder, f"{engine}-tls-{pooling}", options=switch) as server:
        server.sql("create database safe")
        for make in (preset.pooled, preset.direct):
            trusting = settings(engine, server, "safe", make(ca_file=str(tls.authority)))
            cipher = (
                "cursor = connection.cursor(); cursor.execute(\"show status like 'Ssl_cipher'\"); "
            )
            assert "TLS" in django(trusting, f"{cipher}print(cursor.fetchone())")
            wary = settings(engine, server, "safe", make(ca_file=str(stranger.authority)))
            assert "certificate" in django(wary, "connection.connect()", fails=True).lower()


def test_no_preset_reads_the_settings(rendered):
    """They are imported while settings load, when there is nothing to read yet."""
    for engine, pooling in PRESETS:
        project = rendered(database_engine=engine, pooling=pooling)
        source = (project / "my_project" / "databases" / "pooling.py").read_text()
        assert "django.conf" not in source and "import django" not in source
