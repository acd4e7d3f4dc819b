"""Finds connection settings that a pooler refuses or that undo it, before the first connection.

Every id is ``databases.`` and what stands here. E: connections fail, or clients meet each other's state.
W: it works, and costs or loses something. The same number is the same setting.

==========  ==========================================  ================================================
id          setting                                     what happens
==========  ==========================================  ================================================
E101        ``options`` behind a pooler                 refused, or dropped without a word
E102        ``assume_role`` behind PgBouncer            other clients run as that role
W102        ``assume_role`` behind RDS Proxy            SET ROLE pins
E103        server-side cursors behind PgBouncer        ``.iterator()`` loses its cursor
W103        server-side cursors behind RDS Proxy        DECLARE CURSOR pins
E104        ``init_command`` on PostgreSQL              there is no such option
W104        ``init_command`` behind RDS Proxy           session state that it can't track pins
W105        ``init_command``, ``sql_mode`` behind RDS   shared only among clients that set the same
            Proxy
E106        ``pool`` with CONN_MAX_AGE                  Django refuses to connect
W106        ``pool`` behind a pooler                    two pools, of which one only holds on
W107        ``server_side_binding``,                    prepared statements, met on another connection
            ``prepare_threshold`` behind a pooler       or pinning
W108        CONN_MAX_AGE without CONN_HEALTH_CHECKS     each restart of the server fails requests
W109        ATOMIC_REQUESTS on more than ``default``    every request begins a transaction on all
W110        ``init_command``, ``sql_mode`` weaken       the server takes bad data without an error
W111        TIME_ZONE behind RDS Proxy, PostgreSQL      ``set_config`` pins
E112        OPTIONS that the driver does not take       it does not connect
E113        ``isolation_level`` of another driver       it does not connect
E114        ``transaction_mode`` of another kind        it does not connect
E115        ``pool`` with what the pool does not take   it does not connect
E116        ``pool`` without psycopg_pool               it does not connect
E117        AUTOCOMMIT off                              transactions that nothing ends
E118        TIME_ZONE that is none, or without USE_TZ   it does not connect
E119        ``pool`` on tenants' databases              leads to where the tenant was
E120        TEST keys that the engine does not take     ignored, or tests do not start
E121        OPTIONS that name the database or server    queries and commands use two places
E122        ``service`` without NAME                    commands have no name
==========  ==========================================  ================================================

``POOLER`` in an entry of DATABASES is the pooler that it goes through (``databases.pooling``). Nothing is
asked of a server, and no value is printed. Where a finding is meant: SILENCED_SYSTEM_CHECKS.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage
from django.db import connections

from manydb.core.connection_rules import RULES, Rule
from manydb.core.connection_ways import ways
from manydb.core.findings import Error, Warning
from manydb.core.late_checks import register

POOLERS = {"pgbouncer": "PgBouncer", "rds_proxy": "RDS Proxy"}


def findings(databases: Mapping[str, Mapping[str, Any]]) -> list[CheckMessage]:
    """One message for a rule and a pooler, however many aliases break it: they are built alike."""
    broken: dict[tuple[int, str, str], list[str]] = {}
    for way in ways(databases):
        for number, rule in enumerate(RULES):
            if rule.broken_by(way):
                what = ", ".join(rule.what(way)) if rule.what else ""
                broken.setdefault((number, way.pooler or "", what), []).append(way.name)
    return [
        _message(RULES[number], POOLERS.get(pooler, "the pooler"), what, names)
        for (number, pooler, what), names in sorted(broken.items())
    ]


def _message(rule: Rule, pooler: str, what: str, names: Sequence[str]) -> CheckMessage:
    kind = Error if rule.id.startswith("E") else Warning
    text = f"{_some(names)}: {rule.text.format(pooler=pooler, what=what)}"
    return kind(text, hint=rule.hint, id=f"manydb.{rule.id}")


def _some(names: Sequence[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")


@register()
def check_connections(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return findings(connections.settings)
