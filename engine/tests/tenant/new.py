"""For tests that make tenants, for example of a view that signs customers up."""

import secrets
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.test import TestCase

from manydb.tenants.context import tenant_context
from manydb.tenants.lifecycle.engines import engine_of
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.models import Tenant
from manydb.tenants.records import template_record


class AnyDatabase(frozenset[str]):
    """Django would take a tenant that a test makes for one that the test forgot to declare."""

    def __contains__(self, alias: object) -> bool:
        return True


class NewTenantTest(TestCase):
    """``self.name`` is a name for a new tenant, which is dropped after the test.

    Its database is a file in ``self.folder``, or on the server that the tests use.
    """

    databases = {"default"}

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        if connections["default"].vendor != "sqlite":  # the template went with its folder
            cls.drop_made("template_")

    @staticmethod
    def made_for(purpose: str) -> list[str]:
        """The names of the templates or of the spares that there are."""
        place = Place.of(template_record())
        return sorted(engine_of(place).names(place, place.beside(purpose).name))

    @classmethod
    def drop_made(cls, purpose: str) -> None:
        """Drops the templates or the spares that there are."""
        for name in cls.made_for(purpose):
            place = Place.of(template_record()).named(name)
            engine_of(place).drop(place)

    def setUp(self) -> None:
        self.enterContext(patch.object(type(self), "databases", AnyDatabase(self.databases)))
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        if connections["default"].vendor == "sqlite":  # whose test databases are in memory
            self.enterContext(patch.object(connections.settings, "connect", self.file))
        self.name = f"t{secrets.token_hex(4)}"
        self.addCleanup(self.drop)

    def file(self, database: Any, *, replica: bool) -> dict[str, Any]:
        path = self.folder / f"{database.name}.sqlite3"
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": path}

    def drop(self) -> None:
        if Tenant.objects.filter(name=self.name).exists():
            connections[self.name.upper()].close()
            drop(self.name)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Runs a statement in the new tenant's database."""
        with tenant_context(self.name), connections[self.name.upper()].cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
