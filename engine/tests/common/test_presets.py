"""No preset breaks a rule of the connection checks, and what an owner may change in a copy is told apart."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.core.checks import ERROR, WARNING
from django.test import SimpleTestCase

import manydb
from manydb import Database, presets
from manydb.core.connection_checks import findings

PRESETS = sorted(
    module.name for module in iter_modules(presets.__path__) if module.name.count("_") > 0
)
PGBOUNCER, PROXY = "pgbouncer_postgresql", "rds_proxy_postgresql"
MYSQL_PROXY, NONE = "rds_proxy_mysql", "none_mysql"

# A preset, what an owner changes in a copy of it, and what they are told.
BAD: list[tuple[str, dict[str, Any], int, str, str]] = [
    (PGBOUNCER, {"options": "-c statement_timeout=9"}, ERROR, "E101", "ALTER ROLE app SET"),
    (PGBOUNCER, {"assume_role": "owner"}, ERROR, "E102", "Log in as the role"),
    (PGBOUNCER, {"DISABLE_SERVER_SIDE_CURSORS": False}, ERROR, "E103", "past_the_pooler"),
    (PGBOUNCER, {"prepare_threshold": 5}, WARNING, "W107", "max_prepared_statements"),
    (PROXY, {"assume_role": "owner"}, WARNING, "W102", "InitQuery"),
    (PROXY, {"DISABLE_SERVER_SIDE_CURSORS": False}, WARNING, "W103", "past_the_pooler"),
    (
        MYSQL_PROXY,
        {"init_command": "SET max_statement_time = 9"},
        WARNING,
        "W104",
        "InitQuery",
    ),
    (NONE, {"CONN_HEALTH_CHECKS": False}, WARNING, "W108", '"CONN_HEALTH_CHECKS": True'),
]


def databases(preset: str, changed: dict[str, Any], **arguments: Any) -> dict[str, dict[str, Any]]:
    """As production's settings build them: past the pooler, migrations have a connection of their own."""
    module = import_module(f"manydb.presets.{preset}")
    entry: dict[str, Any] = module.pooled(**arguments)
    for key, value in changed.items():
        (entry if key.isupper() else entry["OPTIONS"])[key] = value
    entry |= {
        "ENGINE": f"django.db.backends.{preset.rpartition('_')[2]}",
        "NAME": "{name}",
        "PASSWORD": "s3cret",
    }
    if not preset.startswith("none"):
        arguments.pop("max_age", None)
        entry["DIRECT"] = module.direct(**arguments)
    shared = [Database("default", name="shop"), Database("accounts", name="accounts")]
    replica = {"OPTIONS": entry["OPTIONS"] | module.REPLICA_PATIENCE}
    return manydb.databases(
        shared, tenants=["acme"], prefix="shop_", primary=entry, replica=replica
    )


class Presets(SimpleTestCase):
    def test_there_is_one_for_each_pooling_and_engine_that_go_together(self) -> None:
        poolings = {"none_mysql", "none_postgresql", PGBOUNCER, PROXY, MYSQL_PROXY}
        self.assertEqual(set(PRESETS), poolings)

    def test_none_breaks_a_rule(self) -> None:
        for preset in PRESETS:
            for arguments in ({}, {"tls": False}, {"max_age": 0}):
                with self.subTest(preset=preset, arguments=arguments):
                    self.assertEqual(findings(databases(preset, {}, **arguments)), [])

    def test_a_bad_change_is_reported_with_the_way_out(self) -> None:
        for preset, changed, level, id, way_out in BAD:
            with self.subTest(preset=preset, id=id):
                (found,) = findings(databases(preset, changed))
                self.assertEqual((found.id, found.level), (f"manydb.{id}", level))
                self.assertTrue(found.msg.startswith("default, default_RO, accounts"), found.msg)
                self.assertIn(way_out, found.hint)
                self.assertNotIn("s3cret", str(found))

    def test_each_call_gives_dicts_of_its_own(self) -> None:
        for preset in PRESETS:
            module = import_module(f"manydb.presets.{preset}")
            with self.subTest(preset):
                module.pooled()["OPTIONS"]["changed"] = True
                self.assertNotIn("changed", module.pooled()["OPTIONS"])
