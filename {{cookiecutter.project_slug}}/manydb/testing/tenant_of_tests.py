"""The tenant that is active in tests that were written without tenants in mind: TEST_TENANT."""

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.test import override_settings

from manydb.core.conf import conf
from manydb.core.placement import DEFAULT, shared_alias
from manydb.patches import databases_of_tests, thread_pools


def resolver(request: HttpRequest) -> str | None:
    """Takes a request that no other resolver knows, such as one to ``testserver``, as that tenant's."""
    return conf.TEST_TENANT


def activate() -> None:
    """Makes TEST_TENANT the active tenant of this thread, and its database one that tests may use.

    A test that names no databases may use both. Nothing happens where TEST_TENANT is None.

    Raises:
        UnknownDatabase: DATABASES lists no such tenant.
    """
    if not apps.is_installed("manydb.tenants"):
        return
    databases_of_tests.install(databases_meant, databases_meant_for_fixtures)
    name = conf.TEST_TENANT
    own = f"{__name__}.resolver"
    if name is None or own in conf.TENANT_RESOLVERS:
        return
    from manydb.tenants.context import tenant_context

    changes = override_settings(
        TENANTS_ALWAYS_READY=True, TENANT_RESOLVERS=[*conf.TENANT_RESOLVERS, own]
    )
    changes.enable()
    tenant_context(name).__enter__()
    thread_pools.PATCH.verify()
    for keep in (thread_pools.keep_in_threads, thread_pools.keep):
        keep(with_its_tenant)


def with_its_tenant(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a thread runs that a test starts: for the test's tenant. One that a request starts has none, as elsewhere."""
    from manydb.replicas.reads import place
    from manydb.tenants.context import keeping_tenant

    return function if place.get().reads is not None else keeping_tenant(function)


def databases_meant(names: Iterable[str]) -> set[str]:
    """The databases of tests that name these: for ``default``, what is shared and that of TEST_TENANT."""
    given = set(names)
    if DEFAULT not in given:
        return given
    tenants = {conf.TEST_TENANT.upper()} if conf.TEST_TENANT else set()
    return given - {DEFAULT} | {shared_alias()} | tenants


def databases_meant_for_fixtures(names: Iterable[str]) -> set[str]:
    """The databases of a test with fixtures that names these. It keeps them if it names more than ``default``.

    Its fixtures may be for one of them, such as ``staff.other.json``, and there is none for a tenant's database.
    """
    given = set(names)
    return given if given > {DEFAULT} and shared_alias() == DEFAULT else databases_meant(given)
