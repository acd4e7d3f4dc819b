"""Builds ``DATABASES`` from a list of databases.

Development, production and testing build it from one list (``settings/databases.py``) and differ only in how
they connect. So an alias can't exist in one of them and be missing in another. Nothing here reads the
settings or the environment: the settings import this module.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from django.core.exceptions import ImproperlyConfigured

from manydb.core.entries import for_tests, replica_of, without
from manydb.core.mapping import Databases
from manydb.core.patterns import pattern
from manydb.core.readers import spread
from manydb.core.several_hosts import chosen_by_the_driver

RESERVED = frozenset({"default", "accounts"})
TENANT_NAME = pattern(r"[a-z][a-z0-9_]{0,29}")
REPLICA_NAME = pattern(r".*_ro\d*")  # as the aliases of replicas end, which a tenant's must not


def is_tenant_name(name: str) -> bool:
    """Returns whether a tenant may have this name: its alias and its host name must be free for it."""
    return (
        TENANT_NAME.fullmatch(name) is not None
        and not REPLICA_NAME.fullmatch(name)
        and name not in RESERVED
    )


class Database(NamedTuple):
    """One database: its alias in Django, its name on the server, and whose it is.

    ``engine`` (sqlite, mysql or postgresql) marks an adopted database: one that other software made, on a
    server of its own. To one that is ``read_only`` nothing is written, also if it is on the project's own
    server. ``time_zone`` is what it means by times that name no zone.
    """

    alias: str
    name: str
    tenant: str | None = None
    engine: str | None = None
    read_only: bool = False
    time_zone: str | None = None

    @property
    def role(self) -> str:
        return "tenant" if self.tenant else "shared"


class Connect(Protocol):
    """Gives the settings of one connection, in dicts of its own: Django and its test runner write into them.

    None for a replica says that the database has no replica. One may take ``own`` besides: what differs for a
    tenant where it is listed.
    """

    def __call__(self, database: Database, *, replica: bool) -> dict[str, Any] | None: ...


Adopted = Callable[[Database], dict[str, Any]]


def tenant_databases(names: Iterable[str], prefix: str) -> list[Database]:
    """The databases of these tenants: ``acme`` has the alias ``ACME`` and the name ``prefix + "acme"``.

    The prefix keeps a tenant called "mysql" away from the server's own database.

    Raises:
        ImproperlyConfigured: a name that can't be a tenant's, or one that stands twice.
    """
    tenants = [name.strip() for name in names if name.strip()]
    for name in tenants:
        if not is_tenant_name(name):
            raise ImproperlyConfigured(
                f"TENANTS: {name!r} can't name a tenant; use lower-case letters, digits and "
                "underscores, at most 30, not ending in _ro or _ro2, for example 'acme'."
            )
        if tenants.count(name) > 1:
            raise ImproperlyConfigured(f"TENANTS lists {name!r} twice. Name it once.")
    return [Database(name.upper(), name=prefix + name, tenant=name) for name in tenants]


def build(
    databases: Iterable[Database],
    connect: Connect,
    adopted: Adopted,
    *,
    prefix: str = "",
) -> Databases:
    """``DATABASES``: every database as its alias and, read-only, as ``<alias>_RO``, ``<alias>_RO2`` ….

    There is a replica for each reader in the ``HOST`` that ``connect`` gives for replicas, or ``READER`` in the
    entry of an adopted database. Besides Django's keys each entry says what it is: ``ROLE``, ``TENANT``, and
    ``REPLICAS`` on a primary or ``REPLICA_OF`` and ``WEIGHT`` on a replica; ``ADOPTED``, and ``READ_ONLY``
    where no write may go. Routers, checks and commands read these keys, never the spelling of an alias.
    An entry without ``ROLE`` is not this project's, and is left alone. ``prefix`` begins the names of the
    project's databases, locks and dumps.

    Raises:
        ImproperlyConfigured: two databases come to one alias.
    """
    settings = Databases(connect, prefix)
    for database in databases:
        entries = (
            _adopted(database, adopted) if database.engine else with_replica(database, connect)
        )
        add(settings, entries, database.name)
    return settings


def add(settings: dict[str, dict[str, Any]], entries: dict[str, dict[str, Any]], name: str) -> None:
    """Adds the entries of the database of this name.

    Raises:
        ImproperlyConfigured: one of the aliases is there already.
    """
    if taken := entries.keys() & dict.keys(settings):
        raise ImproperlyConfigured(
            f"DATABASES: {min(taken)} would stand for two databases; give the database "
            f"{name!r} another alias."
        )
    settings.update(entries)


def _adopted(database: Database, adopted: Adopted) -> dict[str, dict[str, Any]]:
    """The entries of an adopted database; its own may name replicas, as ``READER``."""
    entry = adopted(database)
    primary, reader = without(entry, ["READER"]), entry.get("READER")
    replica = [for_tests(replica_of(primary, reader), mirror=database.alias)] if reader else []
    entries = family(database, primary, *replica)
    entries[database.alias]["ADOPTED"] = True
    return entries


def _marks(database: Database) -> dict[str, Any]:
    facts = {"ROLE": database.role, "TENANT": database.tenant}
    return facts | ({"TIME_ZONE": database.time_zone} if database.time_zone else {})


def with_replica(database: Database, connect: Connect) -> dict[str, dict[str, Any]]:
    """The entries of one database of this project: its primary, and each of its replicas."""
    primary = connect(database, replica=False)
    if primary is None:
        raise TypeError(f"{connect} gives no settings for {database.alias}.")
    replica = connect(database, replica=True)
    return family(database, primary, *filter(None, [replica]))


def family(
    database: Database, primary: dict[str, Any], *replicas_of_it: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """The entries of one database, marked: ``<alias>``, ``<alias>_RO``, ``<alias>_RO2`` …."""
    readers = [each for replica in replicas_of_it for each in spread(replica)]
    marks = _marks(database)
    replica_marks = marks | {"REPLICA_OF": database.alias}
    replicas = {
        f"{database.alias}_RO{number if number > 1 else ''}": entry | replica_marks
        for number, entry in enumerate(readers, start=1)
    }
    primary_marks = marks | {"REPLICAS": list(replicas), "READ_ONLY": database.read_only}
    return {database.alias: chosen_by_the_driver(primary) | primary_marks} | replicas
