"""TENANT_DEFAULT: ``default`` is the active tenant's database, and the catalog has an alias of its own.

Code of others says ``atomic()``, ``on_commit()``, ``django.db.connection`` or ``create_permissions()`` and means
the database with its rows. All of these ask ``connections["default"]``, also the bare ``@atomic`` and whatever names
``default`` by hand. That is the one place that answers: with the connection of the active tenant, whose ``alias``
is the tenant's. Where no tenant is active it gives one that has the engine's names, and the features of the catalog's
server. It raises when it is to be opened, since the catalog is never what was meant.

``default`` is found in ``DATABASES`` and not listed there, as tenants of the catalog are: whatever walks all aliases
would meet one database twice.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, NoReturn

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from manydb.core.conf import conf
from manydb.core.exceptions import TenantRequired
from manydb.core.mapping import Databases, Entry
from manydb.core.placement import CATALOG, DEFAULT
from manydb.patches import thread_pools
from manydb.tenants.advice import advice
from manydb.tenants.connections import TenantConnections
from manydb.tenants.context import active_alias, keeping_tenant

# What Django asks a server about itself. Bodies of migrations ask so, and mean no tenant.
_SERVER = ("mysql_server_data", "pg_version")
_ENTRY_KEYS = ("ROLE", "TENANT", "REPLICAS")  # of a database that this project knows


class DefaultIsATenants(TenantConnections):
    """Django's ``connections``, which give the active tenant's connection for ``default``."""

    def __getitem__(self, alias: str) -> BaseDatabaseWrapper:
        return super().__getitem__((active_alias() or alias) if alias == DEFAULT else alias)

    def __setitem__(self, alias: str, connection: BaseDatabaseWrapper) -> None:
        super().__setitem__((active_alias() or alias) if alias == DEFAULT else alias, connection)

    def __delitem__(self, alias: str) -> None:
        # What a thread has under this name is the one without a tenant, which is forgotten as others are.
        is_meant = alias == DEFAULT and alias not in self.made()
        super().__delitem__((active_alias() or alias) if is_meant else alias)

    def create_connection(self, alias: str) -> BaseDatabaseWrapper:
        if alias != DEFAULT:
            return super().create_connection(alias)
        settings = self.settings[alias]
        return _refusing(load_backend(settings["ENGINE"]).DatabaseWrapper)(settings, alias)


class WithoutTenant(BaseDatabaseWrapper):
    """Comes before the engine's class. Django asks ``connection`` for names and features, which need no database."""

    def connect(self) -> NoReturn:
        what_to_do = (
            f'enter tenant_context("<name>"), or name "{CATALOG}" for what all tenants share. '
            "A command runs for a tenant with: manage.py tenant_command <tenant> -- <command>."
        )
        raise TenantRequired(
            "default is the active tenant's database (TENANT_DEFAULT) and no tenant is active: "
            + advice(otherwise=what_to_do)
        )


@cache
def _refusing(kind: type[BaseDatabaseWrapper]) -> type[BaseDatabaseWrapper]:
    asked = ["features", *(name for name in _SERVER if hasattr(kind, name))]
    facts = {name: _of_catalog(name) for name in asked}
    return type(kind.__name__, (WithoutTenant, kind), {"__module__": kind.__module__} | facts)


def _of_catalog(name: str) -> property:
    def found(self: object) -> Any:
        return getattr(connections[CATALOG], name)

    def is_given(self: object, value: object) -> None:
        """Django gives a connection features of its own as it makes it."""

    return property(found, is_given)


def kind_of_connections() -> type[TenantConnections]:
    """The class of ``connections``, as TENANT_DEFAULT says."""
    return DefaultIsATenants if conf.TENANT_DEFAULT else TenantConnections


def install() -> None:
    """Gives ``default`` to the tenants, and its present entry to the catalog if that has none."""
    databases = connections.settings
    if conf.TENANT_DEFAULT:
        thread_pools.PATCH.verify()
        thread_pools.keep(_for_who_asks)
        if _is_installed("celery"):
            from manydb.tenants import celery_tasks_of_others  # noqa: F401  it registers
        if apps.is_installed("huey.contrib.djhuey"):
            from manydb.tenants import huey_tasks_of_others  # noqa: F401  it registers
    if (
        conf.TENANT_DEFAULT
        and isinstance(databases, Databases)
        and dict.__contains__(databases, DEFAULT)
    ):
        unmarked = {k: v for k, v in databases[DEFAULT].items() if k not in _ENTRY_KEYS}
        rename_default(databases)

        def entry() -> Entry:
            active = active_alias()
            return {**databases[active], "STANDS_FOR": active} if active else unmarked

        databases.default_entry = entry


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # so says a finder that keeps a package away
        return False


def _for_who_asks(function: Callable[..., Any]) -> Callable[..., Any]:
    return keeping_tenant(function) if active_alias() else function


def rename_default(databases: Databases) -> None:
    """Lists the catalog where ``default`` and its replicas were."""
    has_its_own = dict.__contains__(databases, CATALOG)
    listed = dict(dict.items(databases))
    catalog = {
        alias: listed.pop(alias) for alias in _family(listed, CATALOG if has_its_own else DEFAULT)
    }
    for alias in _family(listed, DEFAULT):
        del listed[alias]
    databases.clear()
    if not has_its_own:
        catalog = {_renamed(alias): entry for alias, entry in catalog.items()}
        for entry in catalog.values():
            _point_at_catalog(entry)
    databases.update(catalog | listed)
    for entry in databases.values():
        _depend_on_catalog(entry)


def _family(listed: dict[str, Entry], primary: str) -> list[str]:
    """The aliases of a database: its own, and those of its replicas."""
    return [primary, *listed[primary].get("REPLICAS", ())] if primary in listed else []


def _renamed(alias: str) -> str:
    return CATALOG + alias.removeprefix(DEFAULT)


def _point_at_catalog(entry: dict[str, Any]) -> None:
    if "REPLICAS" in entry:
        entry["REPLICAS"] = [_renamed(alias) for alias in entry["REPLICAS"]]
    if "REPLICA_OF" in entry:
        entry["REPLICA_OF"] = CATALOG
    if entry.get("TEST", {}).get("MIRROR") == DEFAULT:
        entry["TEST"]["MIRROR"] = CATALOG


def _depend_on_catalog(entry: dict[str, Any]) -> None:
    """Has no test database wait for ``default``, as Django's runner does unless it is told otherwise."""
    test = entry.setdefault("TEST", {})
    test["DEPENDENCIES"] = [
        CATALOG if alias == DEFAULT else alias for alias in test.get("DEPENDENCIES", ())
    ]
