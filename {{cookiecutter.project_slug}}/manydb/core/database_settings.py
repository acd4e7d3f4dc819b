"""``manydb.databases()``: ``DATABASES``, made of what a project has, or of a list of its databases.

Settings call it, so nothing here reads the settings, imports a model or opens a connection.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from django.core.exceptions import ImproperlyConfigured

from manydb.core.aliases import Adopted, Database, add, build, family, tenant_databases
from manydb.core.entries import (
    Entry,
    entry_of,
    filled,
    for_tests,
    is_file,
    overlaid,
    read_only,
    replica_of,
    vendor,
    without,
)
from manydb.core.mapping import Databases

Given = Entry | str  # an entry, or its URL

_SAME_DATABASE: Entry = {}
_AS_ALL: Entry = {}
_IN_MEMORY: Entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
_REPLICA_ALIAS = re.compile(r"(.+)_RO\d*")


@overload
def databases(
    known: Iterable[Database],
    *,
    primary: Entry,
    replica: Entry | None = ...,
    tenants: Iterable[str] | Mapping[str, Entry] = ...,
    legacy: Adopted | Mapping[str, Entry] | None = ...,
    prefix: str | None = ...,
    testing: bool = ...,
) -> Databases: ...


@overload
def databases(
    known: Mapping[str, Given],
    *,
    replicas: Mapping[str, Given | Sequence[Given]] = ...,
    tenants: Iterable[str] | Mapping[str, Given] = ...,
    legacy: Iterable[str] | Mapping[str, Given] = ...,
    prefix: str | None = ...,
) -> Databases: ...


def databases(known: Any, **arguments: Any) -> Databases:
    """Gives ``DATABASES``, in which every alias is marked with what it is.

    A project that exists hands in its own ``DATABASES`` and says what comes to it::

        DATABASES = manydb.databases(
            DATABASES,  # plain dicts, any ENGINE that derives from Django's
            replicas={"default": {"HOST": "replica-1,replica-2=3"}},  # what differs from the primary
            tenants=["acme", "globex"],  # like default, in databases of their own
            legacy={"chinook": {"ENGINE": …, "NAME": …, "READ_ONLY": True}},  # made by other software
        )

    An alias ``X_RO``, or one with ``TEST = {"MIRROR": "X"}``, is a replica of ``X`` also if ``DATABASES`` has it
    already. For an entry its URL will do, where dj-database-url is installed; several replicas may be a list.
    ``tenants`` may be ``{"acme": {"NAME": "old_db"}, "globex": {}}``: what differs for one of them, and in
    ``READER`` what differs for its replica.
    The names of tenants' databases begin with ``prefix``, which is the name of ``default`` and ``_`` unless
    you give another.

    A project that keeps a list of its databases says where they are::

        DATABASES = manydb.databases(
            SHARED,  # [Database("default", name="shop"), …]
            tenants=["acme", "globex"],
            prefix="shop_",
            primary={"ENGINE": "django.db.backends.postgresql", "NAME": "{name}", "HOST": "db", …},
            replica={"HOST": "replica-1,replica-2=3"},  # what differs; None: there are no replicas
            legacy=from_parameters(get_param, tls=True),  # or {"chinook": {…}}
        )

    ``{name}``, ``{alias}`` and ``{tenant}`` are replaced in all texts and paths but PASSWORD. A replica on its
    primary's server, the default, is the same database, opened read-only. ``DIRECT`` in an entry is the way
    past its pooler: what differs there. With ``testing=True`` what is read-only elsewhere may be written, and
    no legacy database is the real one.

    Raises:
        ImproperlyConfigured: an argument names an alias or a tenant that can't be; says which.
    """
    if isinstance(known, Mapping):
        return _of_a_project(known, **arguments)
    return _of_a_list(known, **arguments)


def _of_a_list(
    known: Iterable[Database],
    *,
    primary: Entry,
    replica: Entry | None = _SAME_DATABASE,
    tenants: Iterable[str] | Mapping[str, Entry] = (),
    legacy: Adopted | Mapping[str, Entry] | None = None,
    prefix: str | None = "",
    testing: bool = False,
) -> Databases:
    more = replica

    def connect(database: Database, *, replica: bool, own: Entry = _AS_ALL) -> Entry | None:
        return _connection(database, primary, more, own, replica=replica)

    listed = list(known)
    if testing:
        listed = [each._replace(read_only=False) for each in listed]
        legacy = _tests_own(primary, prefix or "")
    built = build(listed, connect, _adopted(legacy), prefix=prefix or "")
    _add_tenants(built, tenants)
    return built


def _of_a_project(
    known: Mapping[str, Given],
    *,
    replicas: Mapping[str, Given | Sequence[Given]] | None = None,
    tenants: Iterable[str] | Mapping[str, Given] = (),
    legacy: Iterable[str] | Mapping[str, Given] = (),
    prefix: str | None = None,
) -> Databases:
    known = _entries(known)
    readers = {alias: _several(given) for alias, given in (replicas or {}).items()}
    adopted = _entries(legacy) if isinstance(legacy, Mapping) else {alias: {} for alias in legacy}
    default = known.get("default") or {}
    tenant_entry = without(default, ["TEST"]) | {"NAME": _name_for_tenants(default)}
    if options := default.get("OPTIONS"):
        # A pool of Django's would lead to where a tenant was; manydb shares tenants' connections itself.
        tenant_entry["OPTIONS"] = without(options, ["pool"])
    if test := without(default.get("TEST") or {}, ["NAME", "MIRROR", "DEPENDENCIES"]):
        tenant_entry["TEST"] = test

    def connect(database: Database, *, replica: bool, own: Entry = _AS_ALL) -> Entry | None:
        # Of several replicas that a URL each names, tenants have one: the first.
        more = next(iter(readers.get("default", ())), None)
        if more is not None and "{" not in str(more.get("NAME", "")):
            more = without(
                more, ["NAME"]
            )  # which is that of default: a tenant's replica has the tenant's
        return _connection(database, tenant_entry, more, own, replica=replica)

    built = Databases(connect, _prefix(default) if prefix is None else prefix)
    of_primary = _replicas_among(known)
    for alias, entry in {**known, **{name: {} for name in adopted if name not in known}}.items():
        if alias in of_primary:
            continue
        entry = overlaid(entry, adopted.get(alias, {}))
        database = Database(
            alias, name=str(entry.get("NAME")), read_only=bool(entry.get("READ_ONLY"))
        )
        if database.read_only:
            entry = read_only(entry)
        of_it = [
            for_tests(replica_of(entry, more), mirror=alias) for more in readers.get(alias, ())
        ]
        add(built, family(database, filled(entry), *of_it), database.name)
        if alias in adopted:
            built[alias]["ADOPTED"] = True
    for alias, primary in of_primary.items():
        marks = {"ROLE": "shared", "TENANT": None, "REPLICA_OF": primary}
        weight = {"WEIGHT": known[alias].get("WEIGHT", 1)}
        entry = for_tests(filled(known[alias]), mirror=primary) | marks | weight
        add(built, {alias: entry}, alias)
        built[primary]["REPLICAS"].append(alias)
    if unknown := readers.keys() - dict.keys(built):
        raise ImproperlyConfigured(
            f"manydb.databases(): replicas has {min(unknown)!r}, which is not an alias of DATABASES. "
            f"Use one of {', '.join(dict.keys(built))}."
        )
    _add_tenants(built, tenants)
    return built


def _connection(
    database: Database, primary: Entry, more: Entry | None, own: Entry, *, replica: bool
) -> Entry | None:
    """The settings of one connection, from templates; None for a replica of a database that has no replica.

    ``own`` is what differs for this database alone. On a server of its own the others' replicas are not its.
    """
    names = {"name": database.name, "alias": database.alias, "tenant": database.tenant or ""}
    entry = overlaid(filled(primary, **names), without(own, ["READER"]))
    if not replica:
        return for_tests(read_only(entry) if database.read_only else entry)
    if more is not None and {"HOST", "PORT", "READER"} & own.keys():
        more = own.get("READER", _SAME_DATABASE)
    if more is None:
        return None
    return for_tests(replica_of(entry, filled(more, **names)), mirror=database.alias)


def _entries(given: Mapping[str, Given]) -> dict[str, Entry]:
    return {alias: entry_of(entry) for alias, entry in given.items()}


def _several(given: Given | Sequence[Given]) -> list[Entry]:
    """What differs for each replica: one entry stands for all that its HOST lists."""
    several = [given] if isinstance(given, str | Mapping) else given
    return [entry_of(each) for each in several]


def _add_tenants(built: Databases, tenants: Iterable[str] | Mapping[str, Given]) -> None:
    names = tenants.split(",") if isinstance(tenants, str) else tenants
    each = _entries(tenants) if isinstance(tenants, Mapping) else {}
    for database in tenant_databases(names, built.prefix):
        own = each.get(database.tenant or "", _AS_ALL)
        if own:
            built.own[database.alias] = own
        primary = built.connect(database, replica=False, own=own)
        replica = built.connect(database, replica=True, own=own)
        add(built, family(database, primary, *filter(None, [replica])), database.name)


def _adopted(legacy: Adopted | Mapping[str, Entry] | None) -> Adopted:
    if callable(legacy):
        return legacy

    def entry_of(database: Database) -> Entry:
        if database.alias not in (legacy or {}):
            raise ImproperlyConfigured(
                f"manydb.databases(): nothing says where {database.alias!r} is. Give its entry in legacy=, "
                "or a function of the database, such as from_parameters(get_param, tls=True)."
            )
        entry = filled(dict(legacy or {})[database.alias])
        return read_only(entry) if database.read_only else entry

    return entry_of


def _tests_own(primary: Entry, prefix: str) -> Callable[[Database], Entry]:
    """Where tests have a legacy database: beside the others if its engine is theirs, or in memory."""

    def entry_of(database: Database) -> Entry:
        ours = database._replace(name=prefix + database.alias)
        template = primary if vendor(primary) == database.engine else _IN_MEMORY
        entry = _connection(ours, template, None, _AS_ALL, replica=False)
        assert entry is not None  # noqa: S101  it is no replica's
        return entry

    return entry_of


def _replicas_among(known: Mapping[str, Entry]) -> dict[str, str]:
    """The aliases that are replicas already, and of which: by TEST["MIRROR"], or by the name ``X_RO``."""
    found: dict[str, str] = {}
    for alias, entry in known.items():
        named = _REPLICA_ALIAS.fullmatch(alias)
        primary = (entry.get("TEST") or {}).get("MIRROR") or (named and named[1])
        if primary in known and primary != alias:
            found[alias] = str(primary)
    return found


def _name_for_tenants(default: Entry) -> Any:
    if not is_file(default):
        return default.get("NAME") if vendor(default) == "sqlite" else "{name}"
    return Path(str(default["NAME"])).with_name("{name}.sqlite3")


def _prefix(default: Entry) -> str:
    name = str(default.get("NAME") or "tenant")
    if vendor(default) == "sqlite":
        name = Path(name).stem if is_file(default) else "tenant"
    return f"{name}_"
