"""A name that another tenant had before: what was that one's own stays its own."""

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client, override_settings

from engine.tests.names import OTHER_TENANT
from manydb.tenants import catalog
from manydb.tenants.context import tenant_context
from manydb.tenants.lifecycle import creation, serving
from manydb.tenants.lifecycle.catalog_rows import bury, existing
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.models import Hostname

from .new import NewTenantTest


class NamesAgain(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(cache.clear)
        get_user_model().objects.create_superuser("ada", password="for a test")
        creation.create(self.name, wait=0)
        self.visitor = Client(headers={"host": f"{self.name}.testserver"})
        self.visitor.post("/admin/login/", {"username": "ada", "password": "for a test"})
        with tenant_context(self.name):
            cache.set("report", "the first one's")

    def is_in(self) -> bool:
        return self.visitor.get("/admin/").status_code == 200

    def cached(self) -> object:
        with tenant_context(self.name):
            return cache.get("report")

    def test_a_new_tenant_has_nothing_of_one_that_was_dropped(self) -> None:
        self.assertTrue(self.is_in())
        self.assertEqual(self.cached(), "the first one's")
        drop(self.name)
        creation.create(self.name, wait=0)
        self.assertFalse(self.is_in())
        self.assertIsNone(self.cached())

    def test_a_name_is_free_when_no_process_remembers_who_had_it(self) -> None:
        said: list[str] = []
        new = f"{self.name}_new"
        serving.rename(self.name, new, report=said.append)
        self.assertEqual(said, [])  # no other tenant has had that name
        Hostname.objects.all().delete()  # the old name's
        with override_settings(TENANT_CACHE_SECONDS=0):
            creation.create(self.name, report=said.append)
        self.assertRegex(said[0], f"waiting 1 s until no process remembers the tenant {self.name}")
        drop(self.name)
        self.name = new

    def test_a_tenant_of_tenants_that_has_no_row_is_another_one_than_before(self) -> None:
        first = catalog.owner_of(OTHER_TENANT)
        with override_settings(TENANTS_ALWAYS_READY=False):
            self.assertEqual(catalog.owner_of(OTHER_TENANT), first)
            bury(existing(OTHER_TENANT))
            self.assertNotEqual(catalog.owner_of(OTHER_TENANT), first)
            self.assertEqual(str(existing(OTHER_TENANT).uuid), catalog.owner_of(OTHER_TENANT))

    def test_a_tenant_keeps_what_it_has_under_a_new_name(self) -> None:
        old, self.name = self.name, f"{self.name}_new"
        serving.rename(old, self.name, wait=0)
        self.visitor.defaults["HTTP_HOST"] = f"{self.name.replace('_', '-')}.testserver"
        self.assertTrue(self.is_in())
        self.assertEqual(self.cached(), "the first one's")
