"""What a start page shows: the databases and their legacy tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import Error, connections
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from manydb.core.hosts import tenant_hosts, tenant_of
from manydb.core.members import fleet
from manydb.core.placement import shared_alias
from manydb.core.routing import PER_TENANT, facts, home_of
from manydb.core.status import Status, visible
from manydb.legacy.keyless import KeylessModel
from manydb.legacy.spelling import place
from manydb.legacy.statistics import Size, sizes
from manydb.legacy.tables import label_of

OPEN = 20  # tables; the lists of larger databases are folded up
SHOWN = 20  # tenants of the catalog, which may have thousands


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view that a model describes; ``address`` is that of its rows in the admin."""

    name: str
    model: str
    size: Size | None
    key: str
    address: str | None


@dataclass(frozen=True, slots=True)
class LegacyDatabase:
    alias: str
    is_read_only: bool
    tables: list[Table]

    @property
    def is_open(self) -> bool:
        return len(self.tables) <= OPEN


def overview(request: HttpRequest) -> dict[str, Any]:
    """Returns the context of ``manydb/databases.html`` and ``manydb/legacy_tables.html``.

    ``tenant`` is the tenant of the request's host, or None. ``tenants`` has the name and host of each tenant that
    ``DATABASES`` lists and of the first ones of the catalog; ``more_tenants`` counts the others.
    ``databases`` and ``legacy`` are rows: on the base domain of all databases, on a tenant's host of its own
    and the shared ones. In production they are empty for visitors who are not staff.

    Raises:
        Http404: the host is under the base domain, but belongs to no tenant.
    """
    tenant = tenant_of(request)
    databases = visible(request, tenant)
    tenants, more = (tenant_hosts(request), 0) if tenant else _tenants(request, databases)
    return {
        "tenant": tenant,
        "tenants": tenants,
        "more_tenants": more,
        "databases": databases,
        "legacy": legacy_databases(databases, tenant),
    }


def _tenants(request: HttpRequest, databases: list[Status]) -> tuple[list[tuple[str, str]], int]:
    """The tenants to show, and how many there are besides. A catalog that does not answer is not asked again."""
    if not any(row.alias == shared_alias() and row.reachable for row in databases):
        return tenant_hosts(request), 0
    try:
        found = (each.name for each in fleet().members() if each.name and not each.why_not)
        shown = tenant_hosts(request, islice(found, SHOWN))
        return shown, max(0, fleet().count() - len(shown))
    except Error:  # its tables are not there yet
        return tenant_hosts(request), 0


def legacy_databases(databases: Iterable[Status], tenant: str | None) -> list[LegacyDatabase]:
    """Returns the databases with legacy tables; those of a tenant on its own pages only.

    A database that did not answer just now is not asked again."""
    found = []
    for database in databases:
        models = _models(database.alias, tenant)
        if models and database.role != "replica":
            known = _sizes(database.alias, models) if database.reachable else {}
            tables = [_table(model, known.get(model)) for model in models]
            tables.sort(key=lambda table: table.name.lower())
            read_only = bool(facts(database.alias).get("READ_ONLY"))
            found.append(LegacyDatabase(database.alias, read_only, tables))
    return found


def _models(alias: str, tenant: str | None) -> list[type[Model]]:
    owner = facts(alias).get("TENANT")
    homes = {PER_TENANT} if owner and owner == tenant else {alias}
    legacy = (model for model in apps.get_models() if not model._meta.managed)
    return [model for model in legacy if home_of(model) in homes]


def _sizes(alias: str, models: list[type[Model]]) -> dict[type[Model], Size]:
    try:
        return sizes(connections[alias], models)
    except Error:
        return {}  # the page says more about the database than that one number


def _table(model: type[Model], size: Size | None) -> Table:
    key = "no key" if issubclass(model, KeylessModel) else ""
    if model._meta.is_composite_pk:
        key = "composite key"
    try:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    except NoReverseMatch:
        address = None
    return Table(label_of(place(model)), model._meta.label, size, key, address)
