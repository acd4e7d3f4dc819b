"""What a message to a worker says of the tenant: written where it is sent, obeyed where it is worked on.

A worker has no tenant of its own. A message that names none, or in a way that this code does not know, is
refused: a guess could work on another tenant's data.
"""

from collections.abc import Callable
from typing import Any

from manydb.core.exceptions import TenantRequired, TenantUnavailable
from manydb.tenants.catalog import all_ready, find, remember
from manydb.tenants.context import current_tenant, tenant_context

_VERSION = 1


def sealed(work: str, tenant: str | None = None) -> dict[str, Any]:
    """The envelope for a piece of work, in JSON's types.

    Raises:
        TenantRequired: no tenant is named and none is active.
    """
    if (name := tenant or current_tenant()) is None:
        raise TenantRequired(
            f"{work} works for one tenant and none is active: send it inside tenant_context(<name>), "
            "or with for_every_tenant()."
        )
    return {"version": _VERSION, "name": name}


def opened(work: str, envelope: Any) -> tenant_context:
    """The context in which a worker does a piece of work.

    Raises:
        TenantRequired: the envelope is missing or of another version.
        TenantUnavailable: the tenant is not served now.
    """
    if not isinstance(envelope, dict) or envelope.get("version") != _VERSION:
        raise TenantRequired(
            f"{work} works for one tenant, and the message names none that version {_VERSION} "
            f"understands ({envelope!r}): send it inside tenant_context(<name>)."
        )
    name = str(envelope["name"])
    record = find(name)
    if record is not None and record.state != "ready":
        raise TenantUnavailable(
            f"{work} is for {name!r}, which is {record.state}: send it again later."
        )
    return tenant_context(name)


def for_every_tenant(send: Callable[..., object], *args: Any, **kwargs: Any) -> int:
    """Calls ``send(*args, **kwargs)`` once for each tenant that is served, with that tenant active.

    Returns:
        for how many.
    """
    count = 0
    for record in all_ready():
        remember(record)
        with tenant_context(record.name):
            send(*args, **kwargs)
        count += 1
    return count
