"""The runner's checks ask the databases of all tenants, each with its own tenant active."""

from typing import Any

from django.core.checks import register, registry
from django.db import connections
from django.test import TestCase

from engine.tests.names import OTHER_ALIAS
from manydb.tenants import current_tenant, tenant_context
from manydb.testing.runner import Runner

ALIASES = {"default", "TESTCLIENT", OTHER_ALIAS}


class RunnersChecks(TestCase):
    databases = ALIASES

    def test_each_database_is_asked_with_its_tenant_active(self) -> None:
        asked = []

        @register("database")
        def ask(app_configs: Any, databases: Any, **kwargs: Any) -> list[Any]:
            for alias in databases:
                with connections[alias].cursor() as cursor:
                    cursor.execute("SELECT 1")
                asked.append((alias, current_tenant()))
            return []

        self.addCleanup(registry.registry.registered_checks.remove, ask)
        with tenant_context("testclient"):
            Runner(verbosity=0).run_checks(ALIASES)
        tenants = dict(asked)
        self.assertEqual(tenants.keys(), ALIASES)
        self.assertEqual(len(asked), len(ALIASES))
        self.assertEqual(tenants["TESTCLIENT"], "testclient")
        self.assertEqual(str(tenants[OTHER_ALIAS]).upper(), OTHER_ALIAS)
