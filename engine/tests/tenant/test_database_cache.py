"""Django's database cache: one table for all tenants, whose keys hold the tenant."""

from django.core.cache import cache

from engine.tests.cache_table import CacheTableCase
from engine.tests.names import OTHER_TENANT
from manydb.tenants.context import tenant_context
from manydb.testing import aliases_used


class DatabaseCachesOfTenants(CacheTableCase):
    databases = {"default"}

    def test_each_tenant_finds_its_own(self) -> None:
        with aliases_used() as aliases:
            for tenant in ("testclient", OTHER_TENANT):
                with tenant_context(tenant):
                    self.assertIsNone(cache.get("whose"))
                    cache.set("whose", tenant)
                    self.assertEqual(cache.get("whose"), tenant)
            self.assertIsNone(cache.get("whose"))
        self.assertEqual(set(aliases), {"default"})
