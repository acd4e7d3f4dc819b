"""ATOMIC_REQUESTS with tenants: the view of a request is one transaction on the active tenant's database."""

from collections.abc import Iterator

from django.db import connections

from manydb.patches import atomic_requests
from manydb.tenants.context import active_alias


def aliases_of_request() -> Iterator[str]:
    """Where the view of this request begins a transaction: shared databases and the active tenant's primary."""
    for alias, entry in connections.settings.items():
        if entry.get("ATOMIC_REQUESTS") and not entry.get("TENANT"):
            yield alias
    active = active_alias()
    if active and connections.settings[active].get("ATOMIC_REQUESTS"):
        yield active


def install() -> None:
    atomic_requests.install(aliases_of_request)
