"""The second tenant of tests. The first is "testclient"."""

from typing import Any

from django.conf import settings

OTHER_TENANT = "acme"
OTHER_ALIAS = OTHER_TENANT.upper()


def host_of(tenant: str) -> str:
    """A host name holds no underscore."""
    return f"{tenant.replace('_', '-')}.testserver"


def new_storages() -> dict[str, Any]:
    """For ``STORAGES``: another object, at which Django makes its storages anew. Those in memory are empty then."""
    return dict(settings.STORAGES)
