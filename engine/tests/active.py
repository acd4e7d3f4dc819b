"""The tenant of tests, active with TenantRouter; the other routers know no active tenant."""

from contextlib import AbstractContextManager, nullcontext

from engine.tests.expectations import ROUTER

DB = "TESTCLIENT"


def in_testclient() -> AbstractContextManager[None]:
    if ROUTER != "tenant":
        return nullcontext()
    from manydb.tenants.context import tenant_context

    return tenant_context("testclient")
