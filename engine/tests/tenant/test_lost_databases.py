"""A tenant whose database has become empty gets no tables there: it was lost, and its dump has its rows."""

from typing import Any
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from manydb.core.disk_migrations import fingerprint, missing
from manydb.core.members import Member
from manydb.fleet import outcome
from manydb.tenants import fleet_members
from manydb.tenants.models import Tenant


class Lost(TestCase):
    databases = "__all__"
    vendor = "postgresql"

    def found(self, lacked: Any, **fields: Any) -> str:
        Tenant.objects.filter(name="acme").delete()
        Tenant.objects.create(name="acme", database="shop_acme", state="ready", **fields)
        with (
            mock.patch.object(outcome, "pending_directly", return_value=lacked),
            mock.patch.object(fleet_members, "vendor", return_value=self.vendor),
        ):
            return outcome.pending_of(Member("ACME", name="acme")).error

    def test_one_that_had_migrations_and_has_none_is_not_migrated(self) -> None:
        everything = missing(set())
        for fields in ({"fingerprint": fingerprint()}, {"migrated_at": timezone.now()}):
            error = self.found(everything, **fields)
            self.assertIn("shop_acme is empty, and the tenant's was not: it was lost", error)
            self.assertIn("restore_tenant FILE --replace --name acme", error)
            self.assertEqual(self.found(everything[1:], **fields), "")

    def test_one_that_never_had_any_gets_them(self) -> None:
        self.assertEqual(self.found(missing(set())), "")

    def test_a_file_that_a_developer_removed_is_made_again(self) -> None:
        self.vendor = "sqlite"
        self.assertEqual(self.found(missing(set()), fingerprint=fingerprint()), "")
