"""One primary of which the driver finds the writable server: ``DATABASE_HOST=one,two:5433``.

libpq tries the hosts in turn and keeps the first that takes writes. Source: PostgreSQL, "Database Connection Control
Functions", multiple hosts and ``target_session_attrs``.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from manydb.core.entries import Entry, vendor
from manydb.core.readers import spread


def chosen_by_the_driver(entry: Entry) -> Entry:
    """The entry in the driver's words, if its HOST, or that of its DIRECT, names several.

    Raises:
        ImproperlyConfigured: its driver can't choose, or something else has to know the host.
    """
    if direct := entry.get("DIRECT"):
        entry = {**entry, "DIRECT": _several({**entry, "POOLER": None, **direct}, direct)}
    return _several(entry, entry)


def _several(whole: Entry, entry: dict[str, Any]) -> dict[str, Any]:
    given = str(entry.get("HOST") or "")
    if "," not in given:
        return entry
    reason = None
    if vendor(whole) != "postgresql":
        reason = "the driver of MySQL and MariaDB can't choose one of them"
    elif whole.get("POOLER"):
        reason = "a pooler is asked, which is one host"
    elif "rds_iam" in str(whole.get("ENGINE")):
        reason = "a token of IAM is for one host"
    if reason:
        raise ImproperlyConfigured(
            f"The primary's host {given!r} names several, but {reason}. Give the address of a proxy that leads to "
            "the writable one, such as HAProxy. Replicas have DATABASE_READER_HOST."
        )
    hosts = spread({"HOST": given, "PORT": whole.get("PORT") or 5432})
    options = dict(entry.get("OPTIONS") or {})
    # A session that asks for read-only transactions is refused as "read-write" on each host.
    is_read_only = "default_transaction_read_only" in str(options.get("options"))
    options.setdefault("target_session_attrs", "primary" if is_read_only else "read-write")
    return {
        **entry,
        "HOST": ",".join(str(host["HOST"]) for host in hosts),
        "PORT": ",".join(str(host["PORT"]) for host in hosts),
        "OPTIONS": options,
    }
