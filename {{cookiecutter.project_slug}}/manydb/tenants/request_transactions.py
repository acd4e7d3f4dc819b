"""ATOMIC_REQUESTS with tenants: the view of a request is one transaction on the active tenant's database."""

from collections.abc import Iterator

from django.db import connections

from manydb.core.conf import conf
from manydb.core.placement import CATALOG
from manydb.core.routing import real_alias
from manydb.patches import atomic_requests
from manydb.tenants.context import active_alias


def aliases_of_request() -> Iterator[str]:
    """Where the view of this request begins a transaction: shared databases and the active tenant's primary.

    Where ``default`` is the tenant's, a setting of ``default`` is meant for that one and not for the catalog.
    """
    active = active_alias()
    meant = CATALOG if conf.TENANT_DEFAULT and active else None
    for alias, entry in connections.settings.items():
        if entry.get("ATOMIC_REQUESTS") and not entry.get("TENANT") and alias != meant:
            yield alias
    if active and connections.settings[active].get("ATOMIC_REQUESTS"):
        yield active


def install() -> None:
    atomic_requests.install(aliases_of_request, real_alias)
