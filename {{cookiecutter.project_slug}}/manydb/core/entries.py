"""Entries of ``DATABASES`` as data: placeholders, what differs in a replica, and read-only connections."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from manydb.core.credentials import Parameter

Entry = dict[str, Any]

READ_ONLY_FILE = "manydb.backends.read_only_sqlite"  # an ENGINE

_WORDS = {
    "sqlite": "sqlite",
    "spatialite": "sqlite",
    "mysql": "mysql",
    "mariadb": "mysql",
    "postg": "postgresql",
    "psql": "postgresql",
}
# What a replica doesn't take over from its primary.
_PRIMARY_ONLY = ("DIRECT", "ATOMIC_REQUESTS", "TEST")
_SECRET = "PASSWORD"  # noqa: S105  the key whose value is never changed
# What libpq may ask of a server before it stays there: of these no replica does any.
_ASKS_FOR_A_PRIMARY = {"read-write", "primary"}
_READ_ONLY_SESSION = "-c default_transaction_read_only=on"
_READ_ONLY_COMMAND = "SET SESSION TRANSACTION READ ONLY"


def vendor(entry: Mapping[str, Any]) -> str:
    """``sqlite``, ``mysql`` or ``postgresql``, also for an ENGINE that derives from Django's; "" if unknown."""
    return _vendor(str(entry.get("ENGINE") or ""))


@cache
def _vendor(engine: str) -> str:
    """By the name of a module, which most ENGINEs have from Django's; else the backend itself is asked."""
    for word, kind in _WORDS.items():
        if word in engine.lower():
            return kind
    try:
        return str(import_module(f"{engine}.base").DatabaseWrapper.vendor) if engine else ""
    except Exception:  # its driver is missing, or it reads the settings, which are being made
        return ""


def entry_of(given: Mapping[str, Any] | str) -> Entry:
    """The entry that a project gives: a mapping, such as environs and dj-database-url make, or its URL.

    Raises:
        ImproperlyConfigured: it is a URL, and dj-database-url is not installed.
    """
    if not isinstance(given, str):
        return dict(given)
    try:
        from dj_database_url import parse
    except ImportError:
        raise ImproperlyConfigured(
            "manydb.databases(): a URL of a database is read by dj-database-url, which is not installed. Run "
            "pip install dj-database-url, or give a dict."
        ) from None
    return dict(parse(given))


def filled(template: Any, **names: str) -> Any:
    """A copy in which ``{name}`` and the other placeholders are replaced in all texts and paths.

    A PASSWORD is left as it is, and so are other braces. Containers are new: Django and its test runner write
    into them.
    """
    if isinstance(template, Parameter):
        return template.filled(names) if names else template
    if isinstance(template, str):
        for key, value in names.items():
            template = template.replace("{" + key + "}", value)
        return template
    if isinstance(template, Path):
        return Path(filled(str(template), **names))
    if isinstance(template, Mapping):
        return {
            key: value if key == _SECRET else filled(value, **names)
            for key, value in template.items()
        }
    if isinstance(template, list | tuple):
        return type(template)(filled(each, **names) for each in template)
    return template  # such as an SSL context, which has no copies


def overlaid(entry: Mapping[str, Any], more: Mapping[str, Any]) -> Entry:
    """The entry with what differs from it; OPTIONS, TEST and DIRECT are merged key by key."""
    merged: Entry = filled({**entry, **more})
    for key in ("OPTIONS", "TEST", "DIRECT"):
        if entry.get(key) and more.get(key):
            merged[key] = filled({**entry[key], **more[key]})
    return merged


def replica_of(primary: Mapping[str, Any], more: Mapping[str, Any]) -> Entry:
    """The entry of a replica: its primary's with what differs, read-only if that is the primary's server."""
    inherited = {key: value for key, value in primary.items() if key not in _PRIMARY_ONLY}
    replica = overlaid(_asking(_ASKS_FOR_A_PRIMARY, inherited), more)
    same_server = vendor(replica) == "sqlite" or _place(replica) == _place(primary)
    return read_only(replica) if same_server else replica


def _asking(too_much: set[str], entry: Entry) -> Entry:
    """The entry without a ``target_session_attrs`` that this connection can't have."""
    options = entry.get("OPTIONS") or {}
    if options.get("target_session_attrs") not in too_much:
        return entry
    return {**entry, "OPTIONS": {k: v for k, v in options.items() if k != "target_session_attrs"}}


def _place(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry.get(key) or "") for key in ("HOST", "PORT"))


def read_only(entry: Entry) -> Entry:
    """The entry with a session in which the server, too, refuses writes.

    A pooler would refuse or drop the option: there the guards of this package refuse alone.
    """
    kind, entry = vendor(entry), _asking({"read-write"}, entry)
    options: dict[str, Any] = dict(entry.get("OPTIONS") or {})
    if kind == "sqlite":
        options = {
            k: v for k, v in options.items() if k not in ("transaction_mode", "init_command")
        }
        name = str(entry.get("NAME") or "")
        if is_file(entry) and not name.startswith("file:"):
            entry = {**entry, "NAME": f"{Path(name).absolute().as_uri()}?mode=ro"}
    elif entry.get("POOLER") or entry.get("DISABLE_SERVER_SIDE_CURSORS"):
        return entry
    elif kind == "postgresql" and "default_transaction_read_only" not in str(
        options.get("options")
    ):
        options["options"] = f"{options.get('options') or ''} {_READ_ONLY_SESSION}".strip()
    elif kind == "mysql":
        options.setdefault("init_command", _READ_ONLY_COMMAND)
    return {**entry, "OPTIONS": options} if options or "OPTIONS" in entry else entry


def is_file(entry: Mapping[str, Any]) -> bool:
    """Whether this is an SQLite database that has a file."""
    name = str(entry.get("NAME") or ":memory:")
    return vendor(entry) == "sqlite" and name != ":memory:" and "mode=memory" not in name


def for_tests(entry: Entry, mirror: str | None = None) -> Entry:
    """The entry with what Django's test runner has to know: a replica mirrors its primary.

    Without DEPENDENCIES every alias would wait for ``default``, also in a run that does not create it.
    """
    test: dict[str, Any] = dict(entry.get("TEST") or {})
    test.setdefault("DEPENDENCIES", [])
    if mirror:
        test["MIRROR"] = mirror
    return {**entry, "TEST": test}


def without(entry: Mapping[str, Any], keys: Iterable[str]) -> Entry:
    """A copy of the entry that lacks these keys."""
    left_out = set(keys)
    return {key: filled(value) for key, value in entry.items() if key not in left_out}


def make_writable(entry: Entry) -> None:
    """Undoes ``read_only`` in an entry, in place, for tests: the test database is their own."""
    entry["READ_ONLY"] = False
    if entry["ENGINE"] == READ_ONLY_FILE:
        entry["ENGINE"] = "django.db.backends.sqlite3"
    options = entry.get("OPTIONS") or {}
    if "options" in options:
        options["options"] = options["options"].replace(_READ_ONLY_SESSION, "").strip()
    if options.get("init_command") == _READ_ONLY_COMMAND:
        del options["init_command"]
