"""What the tests of ``WrongTenant`` try it on: rows of two tenants, one of which is active."""

from collections.abc import Callable

from django.test import TestCase

from engine.site.notes.models import Folder, Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import WrongTenant
from manydb.tenants.context import tenant_context
from manydb.testing import aliases_used


class WrongTenantCase(TestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    @classmethod
    def setUpTestData(cls) -> None:
        with tenant_context(OTHER_TENANT):
            folder = Folder.objects.create(name="Theirs")
            cls.theirs = Note.objects.create(text="Theirs", folder=folder)
            cls.tag = cls.theirs.tags.create(name="Theirs")
            cls.unfetched = Note.objects.get()  # whose folder is not in memory
        with tenant_context("testclient"):
            cls.ours = Note.objects.create(text="Ours")

    def assert_refused(self, attempt: Callable[[], object]) -> None:
        """No statement reaches either tenant's database, and the error names both."""
        with (
            tenant_context("testclient"),
            aliases_used() as aliases,
            self.assertRaises(WrongTenant) as refusal,
        ):
            attempt()
        self.assertIn("'testclient'", str(refusal.exception))
        self.assertIn(repr(OTHER_TENANT), str(refusal.exception))
        self.assertEqual(aliases, [])
