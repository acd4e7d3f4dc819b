"""What the catalog says of a tenant: asked of ``default`` once, then kept for TENANT_CACHE_SECONDS.

A change is seen at once in the process that makes it (``changes``), and within that time in all others. While
``default`` is unreachable, its replicas are asked, and what was known is used for TENANT_STALE_SECONDS: the tenant's own
database says whether that still holds (``identity``).
"""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.core.exceptions import SynchronousOnlyOperation
from django.core.signals import setting_changed
from django.db import DatabaseError, connections
from django.db.models import QuerySet

from manydb.core.aliases import is_tenant_name
from manydb.core.conf import conf
from manydb.core.exceptions import UnknownDatabase
from manydb.core.missing_databases import is_missing_file
from manydb.core.ownership import Active, Owner
from manydb.core.placement import shared_alias
from manydb.core.routing import facts
from manydb.tenants.cache import TimedCache
from manydb.tenants.records import (
    COLUMNS,
    TEMPLATE,
    TenantRecord,
    all_listed,
    from_row,
    listed,
    template_record,
)

_logger = logging.getLogger(__name__)
_REPLICA = re.compile(r"_RO\d*$")


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
    without_row = listed(name)
    if without_row and conf.TENANTS_ALWAYS_READY:
        return without_row
    return _get(_by_name, name, fresh) or without_row


def find_by_alias(alias: str) -> TenantRecord | None:
    """The tenant that has this alias, of a replica maybe, or None; raises as ``find`` does."""
    if alias == TEMPLATE.upper():
        return template_record()
    return find(_REPLICA.sub("", alias).lower()) if alias == alias.upper() else None


def find_by_host(host: str) -> TenantRecord | None:
    """The tenant that has this host name of its own, or None. Raises as ``find`` does."""
    return _get(_by_host, host, fresh=True)


afind = sync_to_async(find)


def _get(
    cache: TimedCache[TenantRecord | None], key: str, fresh: bool = False
) -> TenantRecord | None:
    return cache.get(key, conf.TENANT_CACHE_SECONDS, fresh, conf.TENANT_STALE_SECONDS)


def is_outdated(name: str) -> bool:
    """Whether what is known of a tenant is older than TENANT_CACHE_SECONDS, since ``default`` does not answer."""
    return _by_name.is_away and _by_name.age(name) > conf.TENANT_CACHE_SECONDS


def outdate(name: str) -> None:
    """Asks ``default`` again for a tenant whose database says something else than the catalog did."""
    _forget_known()
    if (record := peek(name)) is not None:
        _by_uuid.outdate(record.uuid, conf.TENANT_CACHE_SECONDS)
    _by_name.outdate(name, conf.TENANT_CACHE_SECONDS)
    connections.settings.forget()  # type: ignore[attr-defined]


def find_now(name: str) -> TenantRecord | None:
    """What the catalog says at this moment. What was known before is forgotten if it says something else.

    Raises:
        DatabaseError: ``default`` can't answer.
    """
    without_row = listed(name)
    if without_row and conf.TENANTS_ALWAYS_READY:
        return without_row
    before = peek(name)
    record = _by_name.get_now(name)
    if record != before:
        outdate(name)
    return record or without_row


def state_of(record: TenantRecord) -> str:
    """The state of a tenant; while the catalog's answer is outdated, what its own database says of itself."""
    if not _by_name.is_away or record.state != "ready" or not is_outdated(record.name):
        return record.state
    try:
        connections[record.alias].confirm()  # type: ignore[attr-defined]
    except DatabaseError:
        return "unavailable"
    return record.state


def peek(name: str) -> TenantRecord | None:
    """What is known of a tenant without asking, be it outdated; None if nothing is."""
    return _by_name.peek(name)


def find_by_uuid(identity: str) -> TenantRecord | None:
    """The tenant that has this UUID, under whatever name, or None. Raises as ``find`` does."""
    for record in all_listed().values() if conf.TENANTS_ALWAYS_READY else ():
        if record.uuid == identity:
            return record
    return _get(_by_uuid, identity) or next(
        (record for record in all_listed().values() if _is_still(record, identity)), None
    )


def _is_still(record: TenantRecord, identity: str) -> bool:
    """Whether a tenant of TENANTS has this UUID and no row, which would have another one."""
    return record.uuid == identity and find(record.name) == record


def owner_of(name: str) -> Owner:
    """Whom the objects of the tenant of this name belong to. Raises as ``find`` does.

    Raises:
        UnknownDatabase: there is no such tenant.
    """
    if name == TEMPLATE:
        return template_record().owner  # active while the template is migrated
    try:
        record = find(name)
    except SynchronousOnlyOperation:
        record = listed(name)  # its row has the same UUID, or else its database refuses it
        if record is None:
            raise
    if record is None:
        raise UnknownDatabase(
            f"There is no tenant {name!r}, in TENANTS or in a catalog. Run list_tenants to see all tenants."
        )
    return record.owner


# For a second, what each request and each chunk of a stream asks for, by the tenant's name, with the end of that second.
TRUSTED = 1.0  # seconds
_MOST_KNOWN = 2_000  # more than a process serves in a second
known: dict[str, tuple[float, Active]] = {}
served: dict[str, float] = {}  # of those that may be served
changes = 0  # in the catalog, as far as this process knows


def known_now(name: str) -> Active | None:
    """What was found within the last second, or None."""
    found = known.get(name)
    return found[1] if found is not None and monotonic() < found[0] else None


def know(active: Active, before: int) -> None:
    """Keeps it, if nothing has changed in the catalog since ``changes`` was ``before``."""
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[active.name] = monotonic() + min(TRUSTED, conf.TENANT_CACHE_SECONDS), active
    if before != changes:
        known.pop(active.name, None)


def serve(name: str, before: int) -> None:
    """Keeps that a tenant may be served, if nothing has changed since then."""
    if len(served) >= _MOST_KNOWN:
        served.clear()
    served[name] = monotonic() + min(TRUSTED, conf.TENANT_CACHE_SECONDS)
    if before != changes:
        served.pop(name, None)


def _forget_known(**kwargs: object) -> None:
    global changes
    changes += 1
    known.clear()
    served.clear()


setting_changed.connect(_forget_known, dispatch_uid=f"{__name__}.forget_known")


def forget(name: str | None = None) -> None:
    """Asks ``default`` again for this tenant, or for all; for changes that no ``save()`` tells of."""
    _forget_known()
    _by_host.forget()
    _by_uuid.forget()
    _by_name.forget(name)
    connections.settings.forget()  # type: ignore[attr-defined]


def iterate(*states: str, chunk: int = 1000) -> Iterator[TenantRecord]:
    """Every tenant in these states, or in any, by name: those of TENANTS, too, that have no row."""
    yield from without_rows(*states)
    tenants = apps.get_model("manydb_tenants", "Tenant").objects
    rows = tenants.filter(state__in=states) if states else tenants.all()
    sorted_rows = rows.order_by("name").values_list(*COLUMNS)
    last = ""  # a cursor would stay open for as long as the caller takes
    while some := list(sorted_rows.filter(name__gt=last)[:chunk]):
        yield from map(from_row, some)
        last = some[-1][0]


def without_rows(*states: str) -> Iterator[TenantRecord]:
    """The tenants of TENANTS that have no row, if these states, or any, include theirs."""
    rowless = all_listed()
    tenants = apps.get_model("manydb_tenants", "Tenant").objects
    for name in tenants.filter(name__in=list(rowless)).values_list("name", flat=True):
        del rowless[name]
    if not states or "ready" in states:
        buried = _tombstones().filter(name__in=list(rowless)).values_list("name", "uuid")
        before = dict(reversed(buried))  # of several the last one counts
        for name, record in rowless.items():
            yield record.after(before[name]) if name in before else record


def all_ready() -> Iterator[TenantRecord]:
    """Every tenant that is served."""
    return iterate("ready")


def remember(record: TenantRecord) -> None:
    """Spares the next ``find`` its query, for a record that ``iterate`` has just given."""
    _by_name.put(record.name, record)
    _by_uuid.put(record.uuid, record)


def _load(**condition: str) -> TenantRecord | None:
    default = connections[shared_alias()]
    if is_missing_file(default):
        return None
    tenants = apps.get_model("manydb_tenants", "Tenant").objects.using(shared_alias())
    try:
        row = tenants.filter(**condition).values_list(*COLUMNS).first()
    except DatabaseError:
        is_away = default.connection is None or not default.is_usable()
        if is_away:
            return _from_replica(condition)
        if tenants.model._meta.db_table in default.introspection.table_names():
            raise
        return None  # before the first migrate there is no catalog
    return from_row(row) if row else _after_another(condition.get("name", ""))


def _tombstones() -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("manydb_tenants", "Tombstone").objects.all()
    return rows.using(shared_alias())


def _after_another(name: str) -> TenantRecord | None:
    """A tenant of TENANTS without a row whose name another one had: it has a UUID of its own, too."""
    record = listed(name)
    if record is None:
        return None
    before = _tombstones().filter(name=name).values_list("uuid", flat=True).first()
    return record.after(before) if before else None


def _from_replica(condition: dict[str, str]) -> TenantRecord | None:
    """Asks the replicas of ``default``. To be called in an ``except`` block, whose error stands if none answers."""
    tenants = apps.get_model("manydb_tenants", "Tenant").objects
    for replica in facts(shared_alias()).get("REPLICAS", ()):
        with suppress(DatabaseError):
            row = tenants.using(replica).filter(**condition).values_list(*COLUMNS).first()
            _logger.warning(
                "The catalog is read from %s, because default does not answer.", replica
            )
            return from_row(row) if row else None
    raise


_by_name = TimedCache(lambda name: _load(name=name))
_by_uuid = TimedCache(lambda identity: _load(uuid=identity))
_by_host = TimedCache(lambda host: _load(hostnames__host=host))
