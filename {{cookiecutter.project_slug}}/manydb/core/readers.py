"""Several replicas of one database: ``DATABASE_READER_HOST=replica-1=3,replica-2:5433``."""

from ipaddress import IPv6Address
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from manydb.core.entries import filled
from manydb.core.patterns import pattern

# An address of IPv6 stands in brackets, as in a URL.
_READER = pattern(r"(\[[^\]]+\]|[^:=]*)(?::(\d+))?(?:=(\d+))?")


def spread(replica: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry for each ``host[:port][=weight]`` in ``HOST``, in dicts of their own.

    A replica of weight 3 gets three times the clients of one of weight 1, which is the default. One of
    weight 0 gets none, and can still be named by ``.using()``.

    Raises:
        ImproperlyConfigured: a part has another form.
    """
    host = str(replica.get("HOST") or "")
    if _is_ipv6(host):  # of a primary that is its own replica: no list of readers
        return [filled(replica) | {"WEIGHT": 1}]
    return [_entry(replica, part.strip()) for part in host.split(",")]


def _is_ipv6(host: str) -> bool:
    try:
        return IPv6Address(host) is not None
    except ValueError:
        return False


def _entry(replica: dict[str, Any], reader: str) -> dict[str, Any]:
    if (found := _READER.fullmatch(reader)) is None:
        raise ImproperlyConfigured(
            f"DATABASE_READER_HOST: {reader!r} is not host[:port][=weight]. "
            "Write for example 'replica-1=3,replica-2:5433'."
        )
    host, port, weight = found.groups()
    entry: dict[str, Any] = filled(replica) | {"WEIGHT": int(weight or 1)}
    if host:
        entry["HOST"] = host.strip("[]")
    if port:
        entry["PORT"] = int(port)
    return entry
