"""What the catalog says of a tenant: asked of ``default`` once, then kept for TENANT_CACHE_SECONDS.

A change is seen at once in the process that saves it, and within that time in all others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models.signals import post_delete, post_save

from .cache import TimedCache


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """A row of the catalog, or a tenant of TENANTS that has none, which counts as ready."""

    name: str
    alias: str
    database: str
    server: str = ""
    state: str = "ready"
    fingerprint: str = ""


_COLUMNS = ("name", "database", "server", "state", "fingerprint")


def find(name: str) -> TenantRecord | None:
    """The tenant of this name, or None; no query when it was asked for a short time ago.

    Raises:
        SynchronousOnlyOperation: in an event loop, if the answer is not known yet: ``await afind()``.
        DatabaseError: ``default`` can't answer.
    """
    static = _static(name)
    if static and settings.TENANTS_ALWAYS_READY:
        return static
    return _by_name.get(name, settings.TENANT_CACHE_SECONDS) or static


def find_by_host(host: str) -> TenantRecord | None:
    """The tenant that has this host name of its own, or None. Raises as ``find`` does."""
    return _by_host.get(host.lower(), settings.TENANT_CACHE_SECONDS)


afind = sync_to_async(find)
afind_by_host = sync_to_async(find_by_host)


def forget(name: str | None = None) -> None:
    """Asks ``default`` again for this tenant, or for all; for changes that no ``save()`` tells of."""
    _by_host.forget()
    _by_name.forget(name)


def iterate(*states: str, chunk: int = 1000) -> Iterator[TenantRecord]:
    """Every tenant in these states, or in any, by name: those of TENANTS, too, that have no row."""
    tenants = apps.get_model("tenants", "Tenant").objects
    rowless = _all_static()
    for name in tenants.filter(name__in=list(rowless)).values_list("name", flat=True):
        del rowless[name]
    if not states or "ready" in states:
        yield from rowless.values()
    rows = tenants.filter(state__in=states) if states else tenants.all()
    for row in rows.order_by("name").values_list(*_COLUMNS).iterator(chunk):
        yield _record(row)


def all_ready() -> Iterator[TenantRecord]:
    """Every tenant that is served."""
    return iterate("ready")


def _record(row: tuple[str, ...]) -> TenantRecord:
    name, *rest = row
    return TenantRecord(name, name.upper(), *rest)


def _static(name: str) -> TenantRecord | None:
    alias = name.upper()
    entry = connections.settings.get(alias)
    if entry is None or entry.get("TENANT") != name:
        return None
    return TenantRecord(name, alias, str(entry["NAME"]))


def _all_static() -> dict[str, TenantRecord]:
    names = {entry.get("TENANT") for entry in connections.settings.values()} - {None}
    return {name: record for name in sorted(names) if (record := _static(name))}


def _load(**condition: str) -> TenantRecord | None:
    tenants = apps.get_model("tenants", "Tenant").objects.using("default")
    try:
        row = tenants.filter(**condition).values_list(*_COLUMNS).first()
    except DatabaseError:
        if tenants.model._meta.db_table in connections["default"].introspection.table_names():
            raise
        return None  # before the first migrate there is no catalog
    return _record(row) if row else None


_by_name = TimedCache(lambda name: _load(name=name))
_by_host = TimedCache(lambda host: _load(hostnames__host=host))


def _changed(using: str, **kwargs: Any) -> None:
    forget()
    # Until the transaction ends, other threads still read, and keep, the old row.
    transaction.on_commit(forget, using=using)


for _signal in (post_save, post_delete):
    for _model in ("tenants.Tenant", "tenants.Hostname"):
        _signal.connect(_changed, sender=_model, dispatch_uid=f"{__name__}.{_model}")
