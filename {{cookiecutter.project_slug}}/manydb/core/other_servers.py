"""Servers that speak the protocol of PostgreSQL or MySQL and are neither: those that manydb does not know are refused.

Most say so in what a server sends before the first query, so that each connection is looked at for free. What they
lack is not seen in a first test: a lock that is always granted, a replica without a position. Sources: "Distributed
engines" and each product's own pages, which ``docs/other-servers.md`` names.

=====  ======================================  =====================================================
id     found                                   what happens
=====  ======================================  =====================================================
E123   a server, or an ENGINE, of another      connections to it are refused
       product
E124   TiDB with tenants                       their commands were not tried there
E125   Citus with tenants or replicas          databases are not copied to workers; positions are the
                                               coordinator's alone
=====  ======================================  =====================================================
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Tags
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.entries import vendor
from manydb.core.exceptions import UnknownServer
from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.monitoring import monitor
from manydb.core.patterns import pattern
from manydb.core.routing import facts

ID = "manydb.E123"
_OWN_RISK = "To use it at your own risk, silence {id}."
_VENDORS = ("postgresql", "mysql", "sqlite")


class Product(NamedTuple):
    """A product, how its servers and Django's backend for it are told, and what manydb would need of it."""

    name: str
    says: re.Pattern[str]
    engine: str
    lacks: str


# In the order of how many they are met.
_REFUSED = (
    Product(
        "CockroachDB",
        pattern(r"CockroachDB"),
        "django_cockroachdb",
        "its advisory locks are always granted, so that two commands work on one tenant; a migration that fails is not "
        "rolled back; and it says no position of a replica",
    ),
    Product(
        "YugabyteDB",
        pattern(r"-YB-"),
        "django_yugabytedb",
        "each statement of a migration is a transaction of its own; and copies of databases, the end of other sessions "
        "and positions of replicas were not tried",
    ),
    Product(
        "Vitess",
        pattern(r"vitess", re.IGNORECASE),
        "django_vitess",
        "CREATE DATABASE and DROP DATABASE are refused; and locks, RENAME TABLE between keyspaces and positions of replicas "
        "were not tried",
    ),
)
_TIDB, _CITUS = pattern(r"-TiDB-"), "SELECT 1 FROM pg_extension WHERE extname = 'citus'"


@receiver(connection_created, dispatch_uid=f"{__name__}.refuse")
def refuse(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Refuses a new connection to a product that manydb does not know.

    Raises:
        UnknownServer: names the product and what it lacks.
    """
    product = _refused(said_at_connecting(connection))
    if product and ID not in settings.SILENCED_SYSTEM_CHECKS:
        connection.close()
        raise UnknownServer(f"{connection.alias}: {_text(product)} {_OWN_RISK.format(id=ID)}")


def said_at_connecting(connection: BaseDatabaseWrapper) -> str:
    """What the server has said of its version, without a query; empty if the driver does not show it."""
    session: Any = connection.connection
    if connection.vendor == "mysql" and hasattr(session, "get_server_info"):
        return str(session.get_server_info())
    if connection.vendor == "postgresql" and hasattr(session, "info"):
        info = session.info
        if not hasattr(info, "parameter_status"):
            return ""
        names = ("server_version", "crdb_version")
        return " ".join(filter(None, map(info.parameter_status, names)))
    return ""


@register()
def check_engines(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E123, by ENGINE."""
    found: dict[str, list[str]] = {}
    for alias, entry in dict.items(connections.settings):
        if (engine := str(entry.get("ENGINE") or "")) and _is_foreign(entry):
            found.setdefault(engine, []).append(str(alias))
    return [_error(_of_engine(engine), aliases) for engine, aliases in found.items()]


@register(Tags.database)
def check_servers(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.E123 to E125, by what servers say of themselves behind a pooler, too."""
    return [found for alias in databases or () for found in _findings(alias)]


def _findings(alias: str) -> Iterable[CheckMessage]:
    try:
        connection = connections[alias]
        if connection.vendor == "sqlite":
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT version()")
            said = str(cursor.fetchone()[0])
            is_citus = False
            if connection.vendor == "postgresql":
                cursor.execute(_CITUS)
                is_citus = cursor.fetchone() is not None
    except UnknownServer as refused:
        yield Error(str(refused), id=ID)
        return
    tenants = "manydb_tenants" in apps.app_configs
    replicas = monitor().active and bool(facts(alias).get("REPLICAS"))
    if product := _refused(said):
        yield _error(_text(product), [alias])
    if _TIDB.search(said) and tenants:
        yield Error(
            f"{alias}: TiDB has no triggers, no events and no LOCK TABLES, and commands for tenants were not tried there: "
            "a database could be copied or moved while it is written.",
            hint=_OWN_RISK.format(id="manydb.E124"),
            id="manydb.E124",
        )
    if is_citus and (tenants or replicas):
        yield Error(
            f"{alias}: with Citus a tenant's database would be made on the coordinator alone, and the position of a replica "
            "says nothing of the workers: reads could be stale.",
            hint="Use router=simple without replicas. " + _OWN_RISK.format(id="manydb.E125"),
            id="manydb.E125",
        )


def _refused(said: str) -> Product | None:
    return next((product for product in _REFUSED if product.says.search(said)), None)


def _is_foreign(entry: Mapping[str, Any]) -> bool:
    named = any(str(entry["ENGINE"]).startswith(product.engine) for product in _REFUSED)
    return named or (vendor(entry) or "sqlite") not in _VENDORS


def _of_engine(engine: str) -> str:
    product = next((each for each in _REFUSED if engine.startswith(each.engine)), None)
    return (
        _text(product)
        if product
        else f"ENGINE {engine!r} is not one for PostgreSQL, MySQL or SQLite."
    )


def _text(product: Product) -> str:
    return f"{product.name} is not a server that manydb knows: {product.lacks}."


def _error(text: str, aliases: Sequence[str]) -> Error:
    return Error(f"{', '.join(aliases)}: {text}", hint=_OWN_RISK.format(id=ID), id=ID)
