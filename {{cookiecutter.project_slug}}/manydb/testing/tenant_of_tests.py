"""The tenant that is active in tests that were written without tenants in mind: TEST_TENANT."""

from django.http import HttpRequest
from django.test import TransactionTestCase, override_settings

from manydb.core.conf import conf


def resolver(request: HttpRequest) -> str | None:
    """Takes a request that no other resolver knows, such as one to ``testserver``, as that tenant's."""
    return conf.TEST_TENANT


def activate() -> None:
    """Makes TEST_TENANT the active tenant of this thread, and its database one that tests may use.

    Tests that name their own ``databases`` keep them. Nothing happens where TEST_TENANT is None.

    Raises:
        UnknownDatabase: DATABASES lists no such tenant.
    """
    name = conf.TEST_TENANT
    own = f"{__name__}.resolver"
    if name is None or own in conf.TENANT_RESOLVERS:
        return
    from manydb.tenants.context import tenant_context

    changes = override_settings(
        TENANTS_ALWAYS_READY=True, TENANT_RESOLVERS=[*conf.TENANT_RESOLVERS, own]
    )
    changes.enable()
    TransactionTestCase.databases = {"default", name.upper()}
    tenant_context(name).__enter__()
