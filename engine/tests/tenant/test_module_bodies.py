"""The body of a module belongs to no tenant, also where one's request is the first that imports it."""

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from unittest import mock

from django.test import TestCase, modify_settings

from engine import site
from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import TenantRequired
from manydb.tenants.context import current_tenant, tenant_context

BODY = """
from functools import lru_cache

from engine.site.notes.models import Note
from manydb.tenants.context import current_tenant

notes, active = Note.objects.order_by("text"), current_tenant()


@lru_cache
def texts():
    return [note.text for note in Note.objects.order_by("text")]
"""
TENANTS = ("testclient", OTHER_TENANT)


class ImportedLate(TestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    def setUp(self) -> None:
        for tenant in TENANTS:
            with tenant_context(tenant):
                Note.objects.create(text=f"Of {tenant}")
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.file = Path(folder, "imported_late.py")
        self.enterContext(mock.patch.object(site, "__path__", [*site.__path__, folder]))
        self.enterContext(mock.patch.dict(sys.modules))

    def imported(self, body: str) -> object:
        self.file.write_text(body)
        with tenant_context(TENANTS[0]):
            module = import_module("engine.site.imported_late")
            self.assertEqual(current_tenant(), TENANTS[0])
        return module

    def test_what_it_makes_and_keeps_serves_every_tenant(self) -> None:
        module = self.imported(BODY)
        self.assertIsNone(module.active)
        for tenant in TENANTS:
            with self.subTest(tenant), tenant_context(tenant):
                self.assertEqual([note.text for note in module.notes.all()], [f"Of {tenant}"])
                self.assertEqual(module.texts(), [f"Of {tenant}"])

    def test_so_does_an_app_that_a_test_installs_as_its_tenant_is_active(self) -> None:
        self.file.write_text(BODY)
        change = modify_settings(INSTALLED_APPS={"append": "engine.site.imported_late"})
        with tenant_context(TENANTS[0]), change:
            module = import_module("engine.site.imported_late")
        for tenant in TENANTS:
            with self.subTest(tenant), tenant_context(tenant):
                self.assertEqual(module.texts(), [f"Of {tenant}"])

    def test_rows_that_it_would_read_for_all_are_refused(self) -> None:
        with self.assertRaises(TenantRequired):
            self.imported(f"{BODY}\nlist(notes)")

    def test_what_is_not_there_is_not_found(self) -> None:
        with tenant_context(TENANTS[0]), self.assertRaises(ModuleNotFoundError):
            import_module("engine.site.imported_never")
