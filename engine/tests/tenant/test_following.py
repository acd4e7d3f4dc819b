"""A connection leads to where the catalog says that the tenant is now."""

from django.db import connections

from manydb.tenants import catalog
from manydb.tenants.context import tenant_atomic, tenant_context
from manydb.tenants.lifecycle.creation import create
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Tenant

from .new import NewTenantTest


class Following(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        create(self.name)

    def another_database(self) -> str:
        """One that is nobody's until the test is over."""
        create(other := f"{self.name}_there")
        row = Tenant.objects.get(name=other)
        database = row.database
        row.delete()

        def give_back(own: str) -> None:
            self.move(own)
            row.save()
            connections[other.upper()].close()
            drop(other)

        self.addCleanup(give_back, Tenant.objects.get(name=self.name).database)
        return database

    def move(self, database: str) -> str:
        """Makes another database the tenant's, and gives the name of the one before."""
        row = Tenant.objects.get(name=self.name)
        before, row.database = row.database, database
        row.save()
        TenantDatabase.of(row).say("ready")
        catalog.find(self.name)  # as the next request does
        return before

    def is_here(self) -> bool:
        tables = connections[self.name.upper()].introspection.table_names()
        return "here" in tables

    def test_an_open_one_follows_at_its_next_statement_and_stays_in_a_transaction(self) -> None:
        there = self.another_database()
        self.sql("CREATE TABLE here (n integer)")
        with tenant_context(self.name):
            with tenant_atomic():
                self.assertTrue(self.is_here())
                here = self.move(there)
                self.assertTrue(self.is_here())
            self.assertFalse(self.is_here())
            self.move(here)
            self.assertTrue(self.is_here())
            self.move(there)
            connections[self.name.upper()].close()
            self.assertFalse(self.is_here())

    def test_an_instrument_that_asks_for_its_parameters_does_not_keep_it_where_it_was(self) -> None:
        """Sentry does so before each statement, and inside of a transaction."""
        there = self.another_database()
        self.sql("CREATE TABLE here (n integer)")
        connection = connections[self.name.upper()]
        with tenant_context(self.name):
            with tenant_atomic():
                self.assertTrue(self.is_here())
                self.move(there)
                connection.get_connection_params()
                self.assertTrue(self.is_here())
            connection.get_connection_params()
            self.assertFalse(self.is_here())
