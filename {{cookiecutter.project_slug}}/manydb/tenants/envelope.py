"""What a message to a worker says of the tenant: written where it is sent, obeyed where it is worked on.

A worker has no tenant of its own. A message that names none, or in a way that this code does not know, is
refused: a guess could work on another tenant's data. The tenant is named by its UUID. A message for one that was
dropped is not worked on for a later one of its name, and one that was renamed gets its own.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from manydb.core.exceptions import TenantRequired, TenantUnavailable, UnknownDatabase
from manydb.core.log_once import warn_once
from manydb.tenants.catalog import all_ready, find, find_by_uuid, remember, state_of
from manydb.tenants.context import current_owner, tenant_context

_logger = logging.getLogger(__name__)
_VERSION = 2


def sealed(work: str) -> dict[str, Any]:
    """The envelope for a piece of work for the active tenant, in JSON's types.

    Raises:
        TenantRequired: none is active.
    """
    if (owner := current_owner()) is None:
        raise TenantRequired(
            f"{work} works for one tenant and none is active: send it inside tenant_context(<name>), "
            "or with for_every_tenant()."
        )
    identity = str(owner)
    return {
        "version": _VERSION,
        "tenant": identity,
        "name": owner.name,
        "signature": _signature(identity, settings.SECRET_KEY),
    }


def opened(work: str, envelope: Any) -> tenant_context:
    """The context in which a worker does a piece of work.

    Raises:
        TenantRequired: the envelope is missing, of another version, or not signed by this project.
        UnknownDatabase: the tenant was dropped.
        TenantUnavailable: the tenant is not served now.
    """
    if not _is_ours(envelope):
        warn_once(
            _logger,
            "A message was refused because it names no tenant by UUID and signature, such as one for %s.",
            work,
        )
        raise TenantRequired(
            f"{work} works for one tenant, and the message names none that version {_VERSION} "
            f"understands ({envelope!r}): send it inside tenant_context(<name>)."
        )
    if (record := find_by_uuid(envelope["tenant"])) is None or find(record.name) is None:
        raise UnknownDatabase(
            f"{work} is for the tenant {envelope.get('name')!r} that was dropped: remove the message."
        )
    if (state := state_of(record)) != "ready":
        raise TenantUnavailable(
            f"{work} is for {record.name!r}, which is {state}: send it again later."
        )
    return tenant_context(record.name, record.owner)


def _is_ours(envelope: Any) -> bool:
    if not isinstance(envelope, dict) or envelope.get("version") != _VERSION:
        return False
    identity, given = str(envelope.get("tenant")), str(envelope.get("signature"))
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(given, _signature(identity, each)) for each in secrets)


def _signature(identity: str, secret: str | bytes) -> str:
    return salted_hmac(__name__, identity, secret=secret, algorithm="sha256").hexdigest()


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
