"""Each setting that a pooler refuses, or that undoes it, has an id; what is fine has none."""

import re
from typing import Any

from django.core.checks import Error
from django.core.checks.registry import registry
from django.db import connections
from django.test import SimpleTestCase

from manydb.core import connection_checks
from manydb.core.connection_checks import findings
from manydb.core.connection_rules import RULES

POSTGRESQL = {"ENGINE": "django.db.backends.postgresql"}
MYSQL = {"ENGINE": "django.db.backends.mysql"}
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
    ({"ENGINE": "django.db.backends.sqlite3"}, on_connect("PRAGMA journal_mode=WAL")),
]


class OneSetting(SimpleTestCase):
    def test_what_is_wrong_has_its_id_and_a_way_out(self) -> None:
        for id, server, setting in WRONG:
            with self.subTest(id=id, server=server, setting=setting):
                (found,) = findings({"ACME": server | setting})
                self.assertEqual(found.id, f"manydb.{id}")
                self.assertEqual(isinstance(found, Error), id.startswith("E"))
                self.assertTrue(found.msg.startswith("ACME: ") and found.hint)

    def test_what_is_fine_there_has_none(self) -> None:
        for server, setting in FINE:
            with self.subTest(server=server, setting=setting):
                self.assertEqual(findings({"ACME": server | setting}), [])

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

    def test_no_value_is_shown(self) -> None:
        secret = option("init_command", "SET PASSWORD = 's3cret'")
        self.assertNotIn("s3cret", str(findings({"default": MYSQL_PROXY | secret})))


class ThisProject(SimpleTestCase):
    def test_its_own_connections_have_no_fault(self) -> None:
        self.assertEqual(findings(connections.settings), [])

    def test_manage_py_check_asks_for_them(self) -> None:
        self.assertIn(connection_checks.check_connections, registry.get_checks())
