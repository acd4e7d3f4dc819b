"""``manage.py test`` on several databases."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.test.runner import DiscoverRunner, ParallelTestSuite
from django.utils.module_loading import import_string

from manydb.core.conf import conf
from manydb.core.routing import facts
from manydb.testing.copied_databases import copied_databases
from manydb.testing.mirrors import install_mirrors
from manydb.testing.tenant_of_tests import activate, databases_meant
from manydb.testing.unmanaged_tables import prepare

if TYPE_CHECKING:
    Base = DiscoverRunner
else:
    Base = import_string(conf.TEST_RUNNER_BASE)


def _start_worker(*args: Any, **kwargs: Any) -> None:
    ParallelTestSuite.init_worker(*args, **kwargs)
    activate()
    install_mirrors()


class _Suite(ParallelTestSuite):
    init_worker = _start_worker


class Runner(Base):
    """Replicas are mirrors, unmanaged models have tables, and TEST_TENANT is active.

    With ``--parallel`` every worker mirrors its own copies.
    """

    parallel_test_suite = _Suite

    def setup_test_environment(self, **kwargs: Any) -> None:
        super().setup_test_environment(**kwargs)
        activate()

    def get_databases(self, suite: Any) -> Any:
        # A mirror has no database of its own to create, copy or check.
        databases: Any = super().get_databases(suite)
        return {
            alias: serialized
            for alias, serialized in databases.items()
            if not connections[alias].settings_dict["TEST"]["MIRROR"]
        }

    def setup_databases(self, **kwargs: Any) -> Any:
        prepare()
        if kwargs.get("serialized_aliases") and apps.is_installed("manydb.tenants"):
            # Of tests with serialized_rollback, whose classes name default.
            kwargs["serialized_aliases"] = databases_meant(kwargs["serialized_aliases"])
        with copied_databases():
            old = super().setup_databases(**kwargs)
        if self.parallel <= 1:
            install_mirrors()
        return old

    def run_checks(self, databases: Any) -> None:
        """Looks at the database of each other tenant with that tenant active, as TEST_TENANT is for its own."""
        others = {} if not apps.is_installed("manydb.tenants") else _of_other_tenants(databases)
        super().run_checks({alias for alias in databases if alias not in others})
        for alias, tenant in others.items():
            from manydb.tenants.context import tenant_context

            with tenant_context(tenant):
                call_command("check", tags=["database", "models"], databases=[alias], verbosity=0)


def _of_other_tenants(databases: Iterable[str]) -> dict[str, str]:
    """Alias and tenant of those that the active tenant may not open."""
    from manydb.tenants.context import current_tenant

    active, owners = current_tenant(), {alias: facts(alias).get("TENANT") for alias in databases}
    return {alias: name for alias, name in owners.items() if active and name and name != active}
