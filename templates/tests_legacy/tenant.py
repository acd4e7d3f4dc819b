"""The tenant of tests. While it is active, the router finds its database without ``.using(DB)``."""

from contextlib import AbstractContextManager

from manydb.tenants import tenant_context

DB = "TESTCLIENT"


def in_testclient() -> AbstractContextManager[None]:
    return tenant_context("testclient")
