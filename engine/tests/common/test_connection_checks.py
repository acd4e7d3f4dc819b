"""Each setting that a pooler refuses, or that undoes it, has an id; what is fine has none."""

import re
from typing import Any
from unittest.mock import patch

from django.core.checks import Error
from django.db import connections
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.test import SimpleTestCase, override_settings

from manydb.core import connection_checks, driver_options
from manydb.core.connection_checks import findings
from manydb.core.connection_rules import RULES

POSTGRESQL = {"ENGINE": "django.db.backends.postgresql"}
MYSQL = {"ENGINE": "django.db.backends.mysql"}
SQLITE = {"ENGINE": "django.db.backends.sqlite3"}
PGBOUNCER = POSTGRESQL | {"POOLER": "pgbouncer", "DISABLE_SERVER_SIDE_CURSORS": True}
PROXY = POSTGRESQL | {"POOLER": "rds_proxy", "DISABLE_SERVER_SIDE_CURSORS": True}
MYSQL_PROXY = MYSQL | {"POOLER": "rds_proxy"}

READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
ALL_MODES = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ANSI_QUOTES"
)


def on_connect(statement: str) -> dict[str, Any]:
    return {"OPTIONS": {"init_command": statement}}


def option(name: str, value: Any) -> dict[str, Any]:
    return {"OPTIONS": {name: value}}


WRONG: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("E101", PGBOUNCER, option("options", "-c statement_timeout=30000")),
    ("E101", PROXY, option("options", "-c statement_timeout=30000")),
    ("E102", PGBOUNCER, option("assume_role", "owner")),
    ("W102", PROXY, option("assume_role", "owner")),
    ("E103", PGBOUNCER, {"DISABLE_SERVER_SIDE_CURSORS": False}),
    ("W103", PROXY, {"DISABLE_SERVER_SIDE_CURSORS": False}),
    ("E104", POSTGRESQL, on_connect("SET statement_timeout = 30000")),
    ("E104", PGBOUNCER, on_connect("SET statement_timeout = 30000")),
    ("W104", MYSQL_PROXY, on_connect("SET SESSION max_execution_time = 30000")),
    ("W104", MYSQL_PROXY, on_connect("set @tenant := 'acme'")),
    ("W104", MYSQL_PROXY, on_connect("SET TRANSACTION READ ONLY")),
    ("W104", MYSQL_PROXY, on_connect("SELECT GET_LOCK('mine', 1)")),
    ("W105", MYSQL_PROXY, on_connect("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE")),
    ("W105", MYSQL_PROXY, on_connect("SET NAMES utf8mb4 COLLATE utf8mb4_bin")),
    ("W105", MYSQL_PROXY, on_connect("SET time_zone = '+00:00', @@session.wait_timeout = 9")),
    ("W105", MYSQL_PROXY, option("sql_mode", ALL_MODES)),
    ("E106", POSTGRESQL | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}, option("pool", True)),
    ("W106", PGBOUNCER, option("pool", True)),
    ("W106", PROXY, option("pool", {"min_size": 0})),
    ("W107", PGBOUNCER, option("server_side_binding", True)),
    ("W107", PROXY, option("prepare_threshold", 0)),
    ("W108", POSTGRESQL, {"CONN_MAX_AGE": 60}),
    ("W108", MYSQL, {"CONN_MAX_AGE": None}),
    ("W109", MYSQL, {"ATOMIC_REQUESTS": True}),
    ("W110", MYSQL, on_connect("SET sql_mode='STRICT_TRANS_TABLES'")),
    ("W110", MYSQL, on_connect("SET autocommit = 1; SET SESSION sql_mode = ''")),
    ("W110", MYSQL, on_connect("SET foreign_key_checks=0")),
    ("W110", MYSQL, option("sql_mode", "ANSI_QUOTES")),
    ("W111", PROXY, {"TIME_ZONE": "Asia/Tokyo"}),
    ("E112", POSTGRESQL, option("charset", "utf8")),
    ("E112", POSTGRESQL, option("read_timeout", 10)),
    ("E112", POSTGRESQL, option("pool_size", 4)),
    ("E112", POSTGRESQL, option("sql_mode", "STRICT_ALL_TABLES")),
    ("E112", POSTGRESQL, option("statement_timeout", 1000)),
    ("E112", PGBOUNCER, {"DIRECT": option("charset", "utf8") | {"POOLER": None}}),
    ("E112", MYSQL, option("pool", True)),
    ("E112", MYSQL, option("sslmode", "verify-full")),
    ("E112", MYSQL, option("application_name", "shop")),
    ("E112", MYSQL, option("assume_role", "owner")),
    ("E112", SQLITE, option("charset", "utf8")),
    ("E112", SQLITE, option("pool", True)),
    ("E112", SQLITE, option("sslmode", "require")),
    ("E113", POSTGRESQL, option("isolation_level", "read committed")),
    ("E113", POSTGRESQL, option("isolation_level", "SERIALIZABLE")),
    ("E113", POSTGRESQL, option("isolation_level", 9)),
    ("E113", POSTGRESQL, option("isolation_level", None)),
    ("E113", MYSQL, option("isolation_level", "snapshot")),
    ("E113", MYSQL, option("isolation_level", 3)),
    ("E114", SQLITE, option("transaction_mode", "WAL")),
    ("E115", POSTGRESQL, option("pool", {"pool_size": 4})),
    ("E115", POSTGRESQL, option("pool", {"open": True})),
    ("E115", POSTGRESQL, option("pool", 4)),
    ("E116", POSTGRESQL, option("pool", True)),
    ("E117", POSTGRESQL, {"AUTOCOMMIT": False}),
    ("E117", MYSQL, {"AUTOCOMMIT": False}),
    ("E117", SQLITE, {"AUTOCOMMIT": False}),
    ("E118", POSTGRESQL, {"TIME_ZONE": "Tokyo"}),
    ("E118", MYSQL, {"TIME_ZONE": "../etc/passwd"}),
    ("E119", POSTGRESQL, option("pool", True) | {"TENANT": "acme"}),
    ("E120", POSTGRESQL, {"TEST": {"COLLATION": "C"}}),
    ("E120", MYSQL, {"TEST": {"TEMPLATE": "template0"}}),
    ("E120", SQLITE, {"TEST": {"CHARSET": "utf8"}}),
    ("E120", POSTGRESQL, {"TEST": {"SERIALIZE": True}}),
    ("E121", POSTGRESQL, option("dbname", "shop")),
    ("E121", POSTGRESQL, option("host", "db")),
    ("E121", MYSQL, option("db", "shop")),
    ("E121", MYSQL, option("unix_socket", "/run/mysqld/mysqld.sock")),
    ("E121", MYSQL, option("passwd", "s3cret")),
    ("E121", SQLITE, option("database", "shop.sqlite3")),
    ("E122", POSTGRESQL, option("service", "shop")),
]

FINE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (POSTGRESQL, option("options", "-c default_transaction_read_only=on")),
    (POSTGRESQL, option("assume_role", "owner")),
    (POSTGRESQL, option("pool", True)),
    (POSTGRESQL, option("prepare_threshold", 5)),
    (POSTGRESQL, {"DISABLE_SERVER_SIDE_CURSORS": False}),
    (PGBOUNCER, {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}),
    (PGBOUNCER, {"TIME_ZONE": "Asia/Tokyo"}),
    (PROXY, {"TIME_ZONE": "UTC"}),
    (PGBOUNCER, option("prepare_threshold", None)),
    (MYSQL, on_connect(READ_ONLY)),
    (MYSQL, on_connect("SET SESSION max_execution_time = 30000")),
    (MYSQL, on_connect("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")),
    (MYSQL, option("sql_mode", "TRADITIONAL")),
    (MYSQL, option("sql_mode", ALL_MODES)),
    (MYSQL, on_connect(f"SET sql_mode = '{ALL_MODES}'")),
    (MYSQL_PROXY, on_connect(READ_ONLY)),
    (MYSQL_PROXY, {}),
    (SQLITE, on_connect("PRAGMA journal_mode=WAL")),
    (SQLITE, {"OPTIONS": {"transaction_mode": "immediate", "timeout": 5, "cached_statements": 9}}),
    (POSTGRESQL, option("isolation_level", IsolationLevel.SERIALIZABLE)),
    (POSTGRESQL, option("server_side_binding", True)),
    (POSTGRESQL, option("service", "shop") | {"NAME": "shop"}),
    (POSTGRESQL, option("passfile", "/run/secrets/pgpass")),
    (POSTGRESQL, option("sslnegotiation", "direct")),
    (POSTGRESQL, option("pool", {"min_size": 2, "max_size": 4, "timeout": 10})),
    (POSTGRESQL, {"TEST": {"NAME": "t", "CHARSET": "UTF8", "TEMPLATE": "template0"}}),
    (POSTGRESQL, {"TIME_ZONE": "Asia/Tokyo", "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}),
    (MYSQL, option("isolation_level", "Repeatable Read")),
    (MYSQL, option("isolation_level", None)),
    (MYSQL, option("charset", "utf8mb4")),
    (MYSQL, option("read_default_file", "/etc/shop.cnf")),
    (MYSQL, {"TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_bin", "MIGRATE": False}}),
    # Their drivers are not Django's.
    ({"ENGINE": "mysql.connector.django"}, option("use_pure", True)),
    ({"ENGINE": "mssql"}, option("driver", "ODBC Driver 18 for SQL Server")),
]


class OneSetting(SimpleTestCase):
    def setUp(self) -> None:
        self.without_pool = self.enterContext(
            patch.object(driver_options, "lacks_pool", return_value=False)
        )

    def test_what_is_wrong_has_its_id_and_a_way_out(self) -> None:
        for id, server, setting in WRONG:
            self.without_pool.return_value = id == "E116"
            tenants = patch.object(connections.settings, "source", object())
            with self.subTest(id=id, server=server, setting=setting), tenants:
                (found,) = findings({"ACME": server | setting})
                self.assertEqual(found.id, f"manydb.{id}")
                self.assertEqual(isinstance(found, Error), id.startswith("E"))
                self.assertRegex(found.msg, "^ACME(: | past the pooler: )")
                self.assertTrue(found.hint)
                self.assertNotIn("s3cret", f"{found.msg} {found.hint}")

    def test_what_is_fine_there_has_none(self) -> None:
        for server, setting in FINE:
            with self.subTest(server=server, setting=setting):
                self.assertEqual(findings({"ACME": server | setting}), [])

    @override_settings(USE_TZ=False)
    def test_a_time_zone_needs_use_tz(self) -> None:
        (found,) = findings({"ACME": MYSQL | {"TIME_ZONE": "Asia/Tokyo"}})
        self.assertEqual(found.id, "manydb.E118")

    def test_the_options_that_are_wrong_are_named(self) -> None:
        (found,) = findings({"ACME": POSTGRESQL | {"OPTIONS": {"charset": "utf8", "pool_size": 4}}})
        self.assertIn("OPTIONS has charset, pool_size, which the driver", found.msg)

    def test_every_rule_is_in_the_list_of_ids_and_is_tested(self) -> None:
        listed = re.findall(r"^([EW]\d+)", connection_checks.__doc__ or "", re.MULTILINE)
        self.assertEqual([rule.id for rule in RULES], listed)
        self.assertEqual(sorted({id for id, _, _ in WRONG}), sorted(listed))


class ManyDatabases(SimpleTestCase):
    def test_aliases_with_the_same_fault_share_a_message(self) -> None:
        fault = PGBOUNCER | option("assume_role", "owner")
        (found,) = findings({f"TENANT{number}": fault for number in range(100)})
        self.assertTrue(found.msg.startswith("TENANT0, TENANT1, TENANT2 and 97 more: "), found.msg)

    def test_what_leads_past_the_pooler_is_a_direct_connection(self) -> None:
        direct = {"OPTIONS": {"options": "-c statement_timeout=0"}, "CONN_MAX_AGE": 60}
        (found,) = findings({"default": PGBOUNCER | {"DIRECT": direct}})
        self.assertEqual(found.id, "manydb.W108")
        self.assertTrue(found.msg.startswith("default past the pooler: "), found.msg)

    def test_requests_may_be_atomic_on_the_default_database(self) -> None:
        atomic = MYSQL | {"ATOMIC_REQUESTS": True}
        (found,) = findings({"default": atomic, "ACME": atomic})
        self.assertTrue(found.msg.startswith("ACME: "), found.msg)

    def test_requests_are_atomic_on_the_active_tenants_database(self) -> None:
        self.assertEqual(
            findings({"ACME": MYSQL | {"ATOMIC_REQUESTS": True, "TENANT": "acme"}}), []
        )

    def test_no_value_is_shown(self) -> None:
        secret = option("init_command", "SET PASSWORD = 's3cret'")
        self.assertNotIn("s3cret", str(findings({"default": MYSQL_PROXY | secret})))


class ThisProject(SimpleTestCase):
    def test_its_own_connections_have_no_fault(self) -> None:
        self.assertEqual(findings(connections.settings), [])
