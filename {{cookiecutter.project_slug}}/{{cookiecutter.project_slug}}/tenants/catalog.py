"""What the catalog says of a tenant: asked of ``default`` once, then kept for TENANT_CACHE_SECONDS.

A change is seen at once in the process that saves it, and within that time in all others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models.signals import post_delete, post_save

from ..databases.aliases import PREFIX, is_tenant_name
from ..databases.creation import is_missing_file
from .cache import TimedCache

_REPLICA = re.compile(r"_RO\d*$")


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """A row of the catalog, or a tenant of TENANTS that has none, which counts as ready."""

    name: str
    alias: str
    database: str
    server: str = ""
    state: str = "ready"
    fingerprint: str = ""
    id: int | None = None

    @property
    def place(self) -> tuple[str, str]:
        """The server and the database on it."""
        return self.server, self.database

    @property
    def is_where_listed(self) -> bool:
        """Whether the tenant is where one of TENANTS is: it may have moved since."""
        return self.place == ("", PREFIX + self.name)


_COLUMNS = ("name", "database", "server", "state", "fingerprint", "id")


def find(name: str, *, fresh: bool = False) -> TenantRecord | None:
    """The tenant of this name, or None; no query when it was asked for a short time ago.

    In an event loop, where no query is possible, an outdated answer is better than none, unless it has to
    be ``fresh``.

    Raises:
        SynchronousOnlyOperation: in an event loop, if there is no such answer yet: ``await afind()``.
        DatabaseError: ``default`` can't answer.
    """
    if not is_tenant_name(name):
        return None  # a host name may hold anything
    static = _static(name)
    if static and settings.TENANTS_ALWAYS_READY:
        return static
    return _by_name.get(name, settings.TENANT_CACHE_SECONDS, fresh) or static


def find_by_alias(alias: str, listed: dict[str, Any] | None = None) -> TenantRecord | None:
    """The tenant that has this alias, of a replica maybe, or None; raises as ``find`` does."""
    name = listed["TENANT"] if listed else _REPLICA.sub("", alias).lower()
    return find(name) if listed or alias == alias.upper() else None


def find_by_host(host: str) -> TenantRecord | None:
    """The tenant that has this host name of its own, or None. Raises as ``find`` does."""
    return _by_host.get(host.lower(), settings.TENANT_CACHE_SECONDS, fresh=True)


afind = sync_to_async(find)
afind_by_host = sync_to_async(find_by_host)


def peek(name: str) -> TenantRecord | None:
    """What is known of a tenant without asking, be it outdated; None if nothing is."""
    return _by_name.peek(name)


def identity_of(name: str) -> str:
    """What a tenant keeps under a new name, and what one that gets its old name does not have.

    That is the number of its row; one of TENANTS, which need not have any, is known by its name. Raises as
    ``find`` does.
    """
    record = _static(name) or find(name)
    return name if record is None or record.id is None else f"#{record.id}"


def forget(name: str | None = None) -> None:
    """Asks ``default`` again for this tenant, or for all; for changes that no ``save()`` tells of."""
    _by_host.forget()
    _by_name.forget(name)
    connections.settings.forget()  # type: ignore[attr-defined]


def iterate(*states: str, chunk: int = 1000) -> Iterator[TenantRecord]:
    """Every tenant in these states, or in any, by name: those of TENANTS, too, that have no row."""
    tenants = apps.get_model("tenants", "Tenant").objects
    rowless = _all_static()
    for name in tenants.filter(name__in=list(rowless)).values_list("name", flat=True):
        del rowless[name]
    if not states or "ready" in states:
        yield from rowless.values()
    rows = tenants.filter(state__in=states) if states else tenants.all()
    sorted_rows = rows.order_by("name").values_list(*_COLUMNS)
    last = ""  # a cursor would stay open for as long as the caller takes
    while some := list(sorted_rows.filter(name__gt=last)[:chunk]):
        yield from map(_record, some)
        last = some[-1][0]


def remember(record: TenantRecord) -> None:
    """Spares the next ``find`` its query, for a record that ``iterate`` has just given."""
    _by_name.put(record.name, record)


def all_ready() -> Iterator[TenantRecord]:
    """Every tenant that is served."""
    return iterate("ready")


def _record(row: tuple[Any, ...]) -> TenantRecord:
    name, *rest = row
    return TenantRecord(name, name.upper(), *rest)


def _static(name: str) -> TenantRecord | None:
    alias = name.upper()
    listed = dict.get(connections.settings, alias)  # the mapping's own get() would ask us
    if listed is None or listed.get("TENANT") != name:
        return None
    return TenantRecord(name, alias, PREFIX + name)


def _all_static() -> dict[str, TenantRecord]:
    names = {entry.get("TENANT") for entry in dict.values(connections.settings)} - {None}
    return {name: record for name in sorted(names) if (record := _static(name))}


def _load(**condition: str) -> TenantRecord | None:
    if is_missing_file(connections["default"]):
        return None
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


class _Forget:
    """Forgets when a transaction commits, and also when Django drops this because it is rolled back."""

    def __call__(self) -> None:
        forget()

    __del__ = __call__


def changed(using: str = "default", **kwargs: Any) -> None:
    """To be called after the catalog was changed: asks ``default`` again, now and when others see the change."""
    forget()
    transaction.on_commit(_Forget(), using=using)


for _signal in (post_save, post_delete):
    for _model in ("tenants.Tenant", "tenants.Hostname"):
        _signal.connect(changed, sender=_model, dispatch_uid=f"{__name__}.{_model}")
