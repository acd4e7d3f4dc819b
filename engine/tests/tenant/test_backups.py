"""Folders of backups: which are completed, restored and removed, and which are refused."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings

from manydb.tenants.lifecycle import creation, serving
from manydb.tenants.lifecycle.backups import dumping
from manydb.tenants.lifecycle.backups.folder import Folder
from manydb.tenants.lifecycle.backups.signatures import signed, without_signature
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Hostname, Tenant

from .new import NewTenantTest


class Backups(NewTenantTest):
    databases = {"default", "accounts"}  # whose positions a backup notes

    def setUp(self) -> None:
        super().setUp()
        self.row = creation.create(self.name)
        # The tenant of tests has no database of its own here.
        of_all = dumping.catalog.iterate
        mine = lambda: (each for each in of_all() if each.name == self.name)  # noqa: E731
        self.enterContext(patch.object(dumping.catalog, "iterate", mine))
        self.directory = self.folder / "backups"
        self.directory.mkdir()

    def run_command(self, *words: object, **options: Any) -> str:
        out = StringIO()
        call_command(*map(str, words), stdout=out, stderr=StringIO(), **options)
        return out.getvalue()

    def dump(self, *words: object) -> str:
        return self.run_command("dump_tenant", "--all", self.directory, "--no-proof", *words)

    def restore(self, *words: object) -> str:
        return self.run_command("restore_tenant", "--all", self.directory, "--wait", 0, *words)

    def backup(self) -> Folder:
        (folder,) = Folder.all_in(self.directory)
        return folder

    def change(self, change: Any, *, sign: bool = False) -> None:
        """Changes the manifest; somebody who knows the key signs it again."""
        path = self.backup().path / "manifest.json"
        content = json.loads(path.read_text())
        change(content)
        if sign:
            content = signed("manifest", without_signature(content))
        path.write_text(json.dumps(content))

    def test_a_tenant_comes_back_with_its_identity_hosts_and_state(self) -> None:
        self.row.hostnames.create(host="ours.example.com")
        serving.suspend(self.name)
        self.assertIn("Complete, with 1 tenants.", self.dump())
        drop(self.name)
        self.assertIn(f"{self.name}: restored", self.restore())
        row = Tenant.objects.get(name=self.name)
        self.assertEqual((row.uuid, row.state), (self.row.uuid, "suspended"))
        self.assertEqual(Hostname.objects.get(tenant=row).host, "ours.example.com")
        self.assertIn("In all: 1 left.", self.restore())

    def test_what_is_there_is_replaced_only_if_told_to(self) -> None:
        self.dump()
        self.sql("DELETE FROM django_migrations WHERE app = 'nothing'")
        self.assertIn("it is there", self.restore())
        with self.assertRaisesMessage(CommandError, "Add --yes to confirm"):
            self.restore("--replace")
        self.assertIn(f"{self.name}: replaced", self.restore("--replace", "--yes"))

    def test_a_database_that_was_lost_is_made_again(self) -> None:
        self.dump()
        database = TenantDatabase.of(Tenant.objects.get(name=self.name))
        connections[self.name.upper()].close()
        database.engine.drop(database.place)
        self.assertIn(f"{self.name}: replaced", self.restore())
        self.assertTrue(self.sql("SELECT count(*) FROM django_migrations")[0][0])

    def test_a_run_that_was_killed_is_completed(self) -> None:
        for when in ("before the first line", "in the middle of a line", "before the manifest"):
            with self.subTest(when):
                for path in self.directory.rglob("*.*"):
                    path.unlink()
                for path in self.directory.iterdir():
                    path.rmdir()
                complete = patch.object(dumping.Progress, "complete", side_effect=KeyboardInterrupt)
                with complete, suppress(CommandError):
                    self.dump()
                progress = self.backup().path / "progress.jsonl"
                head, _, line = progress.read_text().strip().splitlines()
                if when == "before the first line":
                    for path in self.backup().path.glob("*"):
                        path.unlink()
                elif when == "in the middle of a line":
                    progress.write_text(f"{head}\n{line[:50]}")
                said = self.dump()
                is_there = "1 tenants are there from a run that was interrupted."
                self.assertIs(is_there in said, when == "before the manifest")
                files = {path.name for path in self.backup().path.iterdir()}
                (entry,) = self.backup().contents().tenants
                self.assertEqual(files, {"manifest.json", entry.file})
                self.backup().file(entry)

    def test_forged_and_damaged_folders_are_refused(self) -> None:
        self.dump()
        (entry,) = self.backup().contents().tenants
        whole = (self.backup().path / "manifest.json").read_text()
        drop(self.name)

        def entry_with(**fields: object) -> Any:
            return lambda content: content["tenants"][0].update(fields)

        not_signed = "is not signed with this project's SECRET_KEY"
        wrong = "is not a manifest of dump_tenant --all, or it is damaged"
        cases: dict[str, tuple[Any, bool, str]] = {
            "another name": (entry_with(name="globex"), False, not_signed),
            "a way out": (entry_with(file="../../etc/passwd"), True, wrong),
            "no list": (lambda content: content.update(tenants=1), True, wrong),
            "twice": (
                lambda content: content["tenants"].append(content["tenants"][0]),
                True,
                wrong,
            ),
            "another project": (lambda content: content.update(project="x_"), True, "another proj"),
            "another uuid": (
                entry_with(uuid="be4d9e9b-35d1-5754-bacf-3e84b5111c71"),
                True,
                "is a dump of another tenant",
            ),
            "another file": (entry_with(sha256="0" * 64), True, "is not the file that was written"),
        }
        for name, (change, sign, said) in cases.items():
            (self.backup().path / "manifest.json").write_text(whole)
            self.change(change, sign=sign)
            error = StringIO()
            with self.subTest(name), self.assertRaises(CommandError) as refused:
                call_command(
                    "restore_tenant",
                    "--all",
                    str(self.directory),
                    "--wait=0",
                    stdout=StringIO(),
                    stderr=error,
                )
            self.assertIn(said, f"{refused.exception} {error.getvalue()}", name)
            self.assertFalse(Tenant.objects.filter(name=self.name).exists())
        (self.backup().path / "manifest.json").write_text(whole)
        file = self.backup().path / entry.file
        file.rename(self.folder / "moved.zip")
        os.symlink(self.folder / "moved.zip", file)
        with self.assertRaisesMessage(CommandError, "1 of 1 tenants failed"):
            self.restore()
        file.unlink()
        (self.folder / "moved.zip").rename(file)
        with override_settings(SECRET_KEY="another"):
            with self.assertRaisesMessage(CommandError, not_signed):
                self.restore()
            self.assertIn("restored", self.restore("--trust"))

    def test_old_backups_are_removed_and_nothing_else_is(self) -> None:
        def folder(days: int) -> Path:
            begun = datetime.now(UTC) - timedelta(days=days)
            path = self.directory / begun.strftime("%Y%m%dT%H%M%SZ")
            path.mkdir()
            (path / "manifest.json").write_text("{}")
            (path / "acme-be4d9e9b.zip").write_text("")
            return path

        old, recent, others = folder(40), folder(20), folder(50)
        (others / "notes.txt").write_text("mine")
        link = self.directory / "20200101T000000Z"
        (self.folder / "elsewhere").mkdir()
        os.symlink(self.folder / "elsewhere", link)
        with self.assertRaisesMessage(CommandError, "Add --yes to confirm"):
            self.dump("--prune-older-than", 30)
        self.assertEqual(len(Folder.all_in(self.directory)), 3)  # and nothing was begun
        with self.assertRaisesMessage(CommandError, "notes.txt in it is not of a backup"):
            self.dump("--prune-older-than", 30, "--yes")
        (others / "notes.txt").unlink()
        self.dump("--prune-older-than", 30, "--yes")
        self.assertFalse(old.exists() or others.exists())
        self.assertTrue(recent.exists() and link.is_symlink())
        with self.assertRaisesMessage(CommandError, "goes with --all"):
            self.run_command("dump_tenant", self.name, "--prune-older-than", 1)

    def test_which_backup_is_meant_is_said_where_there_are_several(self) -> None:
        with self.assertRaisesMessage(CommandError, "has no complete backup"):
            self.restore()
        self.dump()
        self.dump()
        with self.assertRaisesMessage(CommandError, "has 2 complete backups"):
            self.restore()
        with self.assertRaisesMessage(CommandError, "is not a directory that can be read"):
            self.run_command("restore_tenant", "--all", self.folder / "none")
        with self.assertRaisesMessage(CommandError, "is not a directory that can be read"):
            self.run_command("dump_tenant", "--all", self.folder / "none")
        for command in ("dump_tenant", "restore_tenant"):
            with self.assertRaisesMessage(CommandError, "or give --all"):
                self.run_command(command)

    def test_a_disk_that_is_full_costs_no_file_and_the_next_run_completes_the_backup(self) -> None:
        with (
            patch.object(os, "fsync", side_effect=[None, OSError(28, "No space left on device")]),
            self.assertRaisesMessage(CommandError, "run the command again within 12 hours"),
        ):
            self.dump()
        self.assertEqual(list(self.directory.rglob("*.zip*")), [])
        self.assertIn("Complete, with 1 tenants.", self.dump())

    def test_an_old_backup_that_is_not_complete_is_left_and_a_new_one_begins(self) -> None:
        path = self.directory / "20200101T000000Z"
        path.mkdir()
        self.dump()
        self.assertEqual(len(Folder.all_in(self.directory)), 2)
        self.assertFalse(Folder(path).is_complete)

    def test_a_tenant_without_data_of_its_own_is_left_out_and_named(self) -> None:
        Tenant.objects.filter(name=self.name).update(state="creating", command="create")
        self.addCleanup(Tenant.objects.filter(name=self.name).update, state="ready", command="")
        self.assertIn(f"{self.name}: left, it is creating", self.dump())
        self.assertEqual(self.backup().contents().left_out, {self.name: "it is creating"})

    def test_one_that_a_command_has_left_half_way_makes_the_backup_incomplete(self) -> None:
        Tenant.objects.filter(name=self.name).update(state="moving", command="move")
        with self.assertRaisesMessage(CommandError, f"1 of 1 tenants failed: {self.name}."):
            self.dump()
        self.assertFalse(self.backup().is_complete)
        Tenant.objects.filter(name=self.name).update(state="ready", command="")
        self.dump()
        self.assertTrue(self.backup().is_complete)
