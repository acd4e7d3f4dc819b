"""A listed tenant whose database was there before: the catalog's row leads to it as the list does."""

from pathlib import Path
from unittest.mock import patch

from django.db import connections
from django.test import SimpleTestCase

import manydb
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.records import TenantRecord
from manydb.tenants.servers import entries


class GivenDatabaseTests(SimpleTestCase):
    def setUp(self) -> None:
        self.databases = manydb.databases(
            {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path("/srv/db.sqlite3")}},
            tenants={"acme": {"NAME": "/srv/old.sqlite3"}, "globex": {}},
        )
        self.enterContext(patch.object(connections, "settings", self.databases))

    def name(self, tenant: str, database: str) -> str:
        record = TenantRecord(tenant, tenant.upper(), database)
        built = entries(record, self.databases.connect)
        return str(built[tenant.upper()]["NAME"])

    def test_it_is_found_where_the_settings_say(self) -> None:
        self.assertEqual(self.name("acme", "db_acme"), "/srv/old.sqlite3")
        self.assertEqual(self.name("globex", "db_globex"), "file:///srv/db_globex.sqlite3?mode=rw")

    def test_once_it_has_moved_its_row_is_right(self) -> None:
        self.assertEqual(self.name("acme", "db_acme_2"), "file:///srv/db_acme_2.sqlite3?mode=rw")

    def test_no_command_does_anything_to_a_database_that_this_project_has_not_made(self) -> None:
        with self.assertRaisesMessage(ProvisioningError, "'old' is not a database of this project"):
            Place.of(TenantRecord("acme", "ACME", "db_acme"))
