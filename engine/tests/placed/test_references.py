"""A reference to a model that the settings have placed in the same database works as it is."""

from django.test import TestCase

from engine.site.notes.models import Receipt
from engine.site.users.models import User
from manydb.tenants import tenant_context
from manydb.testing import aliases_used


class BesideOneAnother(TestCase):
    databases = {"default", "ACME"}

    def test_it_is_read_from_the_same_database(self) -> None:
        with tenant_context("acme"):
            ann = User.objects.create_user("ann")
            Receipt.objects.create(number="1", created_by=ann)
            with aliases_used() as used:
                (receipt,) = Receipt.objects.filter(created_by=ann).prefetch_related("created_by")
                self.assertEqual(receipt.created_by, ann)
                self.assertEqual(Receipt.objects.get().created_by, ann)
            self.assertEqual(set(used), {"ACME"})
