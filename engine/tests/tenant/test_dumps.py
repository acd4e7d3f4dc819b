"""Files of tenants: what is written, which are refused, and what comes back."""

import json
from dataclasses import replace
from io import BytesIO
from typing import Any
from unittest.mock import patch
from zipfile import ZipFile

from django.db import OperationalError, connections
from django.test import SimpleTestCase

from manydb.core.disk_migrations import on_disk
from manydb.tenants.lifecycle import creation, dumps, restores, serving
from manydb.tenants.lifecycle.counting import compare
from manydb.tenants.lifecycle.dumps import dump
from manydb.tenants.lifecycle.engines import ENGINES
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.manifest import Manifest
from manydb.tenants.lifecycle.programs import Command, read_from
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.restores import restore, restore_over
from manydb.tenants.models import Hostname, Tenant

from .new import NewTenantTest


class Dumps(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        self.row = creation.create(self.name)
        self.path = self.folder / "dump.zip"

    def test_a_file_is_whole_or_not_there_and_another_is_left_alone(self) -> None:
        with (
            patch.object(dumps, "_dump_into", side_effect=OperationalError("away")),
            self.assertRaisesMessage(ProvisioningError, "was not dumped: away"),
        ):
            dump(self.name, self.path)
        self.assertEqual(list(self.folder.glob("dump.zip*")), [])
        self.path.write_text("another")
        with self.assertRaisesMessage(ProvisioningError, "exists already"):
            dump(self.name, self.path)
        self.assertEqual(self.path.read_text(), "another")

    def test_what_has_not_all_arrived_is_no_tenant(self) -> None:
        serving.suspend(self.name)  # while nobody writes, every engine counts
        dump(self.name, self.path)
        with (
            patch.object(dumps, "rows", return_value={}),
            self.assertRaisesMessage(ProvisioningError, "Table "),
        ):
            restore_over(self.path, wait=0)
        self.assertEqual(Tenant.objects.get(name=self.name).state, "suspended")

    def test_it_is_counted_where_nobody_writes(self) -> None:
        engine = type(ENGINES[connections["default"].vendor])
        for suspended in (False, True):
            if suspended:
                serving.suspend(self.name)
            with patch.object(engine, "dump", return_value=None) as written:
                dump(self.name, self.folder / f"{suspended}.zip")
            self.assertIs(written.call_args.kwargs["quiet"], suspended)

    def test_what_takes_the_place_of_a_tenant_is_migrated(self) -> None:
        dump(self.name, self.path)
        with patch.object(restores, "migrate") as migrate:
            restore_over(self.path, wait=0)
        migrate.assert_called_once_with(self.name.upper())

    def test_a_host_name_that_another_has_by_now_stays_there(self) -> None:
        for host in ("ours.example.com", "theirs.example.com"):
            self.row.hostnames.create(host=host)
        dump(self.name, self.path)
        drop(self.name)
        other = Tenant.objects.create(name="other", database="other", state="ready")
        Hostname.objects.create(host="theirs.example.com", tenant=other)
        self.assertEqual(restore(self.path).hostnames.get().host, "ours.example.com")

    def test_a_file_of_something_else_is_refused(self) -> None:
        for content in ("{}", json.dumps({"tenant": 1})):
            with ZipFile(self.path, "w") as archive:
                archive.writestr("manifest.json", content)
            with self.assertRaisesMessage(ProvisioningError, "not a file of dump_tenant"):
                restore(self.path)


class Tools(SimpleTestCase):
    def test_one_that_fails_says_why_without_the_password(self) -> None:
        failing = Command(["sh", "-c", "echo no way in with s3cret >&2; exit 1"], {}, "s3cret")
        with self.assertRaisesMessage(ProvisioningError, "sh failed: no way in with ***"):
            read_from(failing, BytesIO())


class Manifests(SimpleTestCase):
    def test_what_can_not_become_a_tenant_here_is_refused(self) -> None:
        (app, name) = min(on_disk().disk_migrations)
        good = Manifest("acme", "mysql", "acme.sql", "", [f"{app}.{name}", "gone.0001"], [], None)
        good.check("mysql")
        wrong: dict[str, dict[str, Any]] = {
            "another project": {"project": "other_"},
            "dump of sqlite, which can't": {"engine": "sqlite"},
            f"with the migration {app}.zzz": {"migrations": [f"{app}.zzz"]},
        }
        for sentence, fields in wrong.items():
            with self.subTest(sentence), self.assertRaisesMessage(ProvisioningError, sentence):
                replace(good, **fields).check("mysql")

    def test_a_table_that_is_missing_or_too_much_is_named(self) -> None:
        compare({"a": 1}, {"a": 1})
        for expected, found in (({"a": 1}, {}), ({}, {"a": 0}), ({"a": 1}, {"a": 2})):
            with self.assertRaisesMessage(ProvisioningError, "Table a has"):
                compare(expected, found)
