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
            restore_over(self.path, self.name, wait=0)
        self.assertEqual(Tenant.objects.get(name=self.name).state, "suspended")

    def test_it_is_counted_where_nobody_writes(self) -> None:
        engine = type(ENGINES[connections["default"].vendor])
        for suspended in (False, True):
            if suspended:
                serving.suspend(self.name)
            with patch.object(engine, "dump", return_value=None) as written:
                dump(self.name, self.folder / f"{suspended}.zip", proof=False)
            self.assertIs(written.call_args.kwargs["quiet"], suspended)

    def test_what_takes_the_place_of_a_tenant_is_migrated(self) -> None:
        dump(self.name, self.path)
        with patch.object(restores, "migrate") as migrate:
            restore_over(self.path, self.name, wait=0)
        migrate.assert_called_once_with(self.name.upper())

    def test_a_host_name_that_another_has_by_now_stays_there(self) -> None:
        for host in ("ours.example.com", "theirs.example.com"):
            self.row.hostnames.create(host=host)
        dump(self.name, self.path)
        with self.assertRaisesMessage(ProvisioningError, "is there, as"):
            restore(self.path, "another", same_tenant=True)
        drop(self.name)
        other = Tenant.objects.create(name="other", database="other", state="ready")
        Hostname.objects.create(host="theirs.example.com", tenant=other)
        with self.assertRaisesMessage(
            ProvisioningError, "not of the tenant that had the name 'another'"
        ):
            restore(self.path, "another", same_tenant=True)
        again = restore(self.path, self.name, same_tenant=True, wait=0)
        self.assertEqual(again.hostnames.get().host, "ours.example.com")
        self.assertEqual(again.uuid, self.row.uuid)

    def test_what_its_file_says_is_not_believed(self) -> None:
        self.row.hostnames.create(host="ours.example.com")
        dump(self.name, self.path)
        drop(self.name)
        new = restore(self.path, self.name, wait=0)
        self.assertNotEqual(new.uuid, self.row.uuid)
        self.assertFalse(new.hostnames.exists())

    def test_a_file_of_something_else_is_refused(self) -> None:
        for content in ("{}", json.dumps({"tenant": 1, "format": 2})):
            with ZipFile(self.path, "w") as archive:
                archive.writestr("manifest.json", content)
            with self.assertRaisesMessage(ProvisioningError, "not a file of dump_tenant"):
                restore(self.path, "another")


def manifest(**fields: Any) -> Manifest:
    good: dict[str, Any] = {
        "tenant": "acme",
        "uuid": "be4d9e9b-35d1-5754-bacf-3e84b5111c71",
        "engine": "mysql",
        "data": "acme.sql",
        "code": "",
        "checksums": {"acme.sql": "0" * 64},
        "made_at": "2026-11-29T16:00:00+00:00",
        "migrations": [],
        "hostnames": ["shop.example.com"],
        "rows": {"notes_note": 1},
    }
    return Manifest(**good | fields)


class Tools(SimpleTestCase):
    def test_the_line_that_says_why_is_shown_and_not_the_command(self) -> None:
        said = "connecting\npg_restore: error: could not execute query: ERROR: no right\nCommand was: a\nb\nc\nd"
        failing = Command(["sh", "-c", f"printf '{said}' >&2; exit 1"], {}, "")
        with self.assertRaisesMessage(ProvisioningError, "sh failed: pg_restore: error: could"):
            read_from(failing, BytesIO())

    def test_one_that_fails_says_why_without_the_password(self) -> None:
        failing = Command(["sh", "-c", "echo no way in with s3cret >&2; exit 1"], {}, "s3cret")
        with self.assertRaisesMessage(ProvisioningError, "sh failed: no way in with ***"):
            read_from(failing, BytesIO())


class Manifests(SimpleTestCase):
    def test_what_can_not_become_a_tenant_here_is_refused(self) -> None:
        (app, name) = min(on_disk().disk_migrations)
        good = manifest(migrations=[f"{app}.{name}", "gone.0001"])
        good.check("mysql")
        wrong: dict[str, dict[str, Any]] = {
            "another project": {"project": "other_"},
            "dump of sqlite, which can't": {"engine": "sqlite"},
            f"with the migration {app}.zzz": {"migrations": [f"{app}.zzz"]},
        }
        for sentence, fields in wrong.items():
            with self.subTest(sentence), self.assertRaisesMessage(ProvisioningError, sentence):
                replace(good, **fields).check("mysql")

    def test_each_field_is_what_the_dump_writes_or_the_file_is_refused(self) -> None:
        good = json.loads(manifest().to_json())
        self.assertEqual(Manifest.from_json(json.dumps(good)), manifest())
        wrong: dict[str, list[Any]] = {
            "tenant": ["", "../acme", "ACME", "default", "acme_ro", 1, None, "a" * 31],
            "uuid": ["", "acme", "BE4D9E9B-35D1-5754-BACF-3E84B5111C71", 1],
            "engine": ["oracle", 1],
            "data": ["../acme.sql", "/etc/passwd", "acme.txt", "manifest.json", 1],
            "code": ["acme.sql", "../code.sql", None],
            "checksums": [{}, {"acme.sql": "0"}, {"other.sql": "0" * 64}, []],
            "migrations": ["notes.0001", [1], ["notes"], [["notes", "0001"]]],
            "hostnames": ["shop.example.com", [1], ["localhost"], ["x.testserver"], ["a b.com"]],
            "rows": [1, {"notes_note": -1}, {"notes_note": True}, {"notes_note": "1"}],
            "project": [1, "x" * 201],
            "format": ["2", None],
            "more": [1],
        }
        for field, values in wrong.items():
            for value in values:
                with self.subTest(field, value=value), self.assertRaises((ValueError, TypeError)):
                    Manifest.from_json(json.dumps(good | {field: value}))
        for lacking in good:
            with self.subTest(lacking), self.assertRaises((ValueError, KeyError)):
                Manifest.from_json(
                    json.dumps({name: value for name, value in good.items() if name != lacking})
                )

    def test_another_format_is_refused_with_what_to_do(self) -> None:
        for number, age in ((1, "an older"), (3, "a newer")):
            said = manifest(format=number).to_json()
            with self.assertRaisesRegex(ProvisioningError, f"{age} version .* Restore it with"):
                Manifest.from_json(said)

    def test_a_table_that_is_missing_or_too_much_is_named(self) -> None:
        compare({"a": 1}, {"a": 1})
        for expected, found in (({"a": 1}, {}), ({}, {"a": 0}), ({"a": 1}, {"a": 2})):
            with self.assertRaisesMessage(ProvisioningError, "Table a has"):
                compare(expected, found)
