"""Migrations of packages that TENANT_APPS places: each runs in each tenant's database, with that tenant active."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import override_settings

from engine.tests.cache_table import BACKEND, TABLE
from engine.tests.names import OTHER_ALIAS
from engine.tests.written_app import BOTH_CREATED, WrittenAppCase
from manydb.core.placement import shared_alias

PLAIN = """
    from django.db import models

    class Plan(models.Model):
        name = models.CharField(max_length=50)

    class Invoice(models.Model):
        text = models.CharField(max_length=50)
"""
# As packages write it: the users, and everything else, without `using`.
FILL = """
def fill(apps, editor):
    from django.contrib.auth import get_user_model
    get_user_model().objects.create_user("made")
    for user in apps.get_model("users", "User").objects.filter(username="made"):
        apps.get_model("crm", "Invoice").objects.create(text=user.username)
---
migrations.RunPython(fill)
"""

CACHE = """
def make(apps, editor):
    from django.core.management import call_command
    call_command("createcachetable", verbosity=0)
---
migrations.RunPython(make)
"""


class OfAPackage(WrittenAppCase):
    databases = {shared_alias(), "TESTCLIENT", OTHER_ALIAS}

    def test_plain_managers_mean_the_tenant_that_is_migrated(self) -> None:
        self.write(PLAIN, first=BOTH_CREATED, second=FILL)
        said = self.migrate_all()
        self.assertNotIn("failed", said)
        tenants = sorted(self.databases - {shared_alias()})
        self.assertEqual(self.rows("crm_invoice"), {alias: ["made"] for alias in tenants})
        for alias in tenants:
            made = get_user_model().objects.using(alias).filter(username="made")
            self.assertEqual(made.count(), 1)

    def test_a_migration_that_makes_the_table_of_the_cache_makes_it_where_it_belongs(self) -> None:
        ours = {"default": {**settings.CACHES["default"], **BACKEND}}
        self.enterContext(override_settings(CACHES=ours))
        self.write(PLAIN, first=BOTH_CREATED, second=CACHE)
        self.assertNotIn("failed", self.migrate_all())
        cursor = self.enterContext(connections[shared_alias()].cursor())
        self.addCleanup(cursor.execute, f"DROP TABLE {TABLE}")
        for alias in self.databases:
            has_it = TABLE in connections[alias].introspection.table_names()
            self.assertEqual(has_it, alias == shared_alias(), alias)

    def test_the_plan_has_nothing_for_the_shared_database(self) -> None:
        self.write(PLAIN, first=BOTH_CREATED, second=FILL)
        plan = self.migrate_all("--plan")
        self.assertIn(f"{shared_alias()}: nothing changes, 2 migrations are only recorded", plan)
        self.assertIn("TESTCLIENT: 2 migrations change it", plan)
