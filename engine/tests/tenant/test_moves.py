"""A tenant that moves: to another name on one server here, which is another server to all that moves it."""

from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import OperationalError
from django.test import override_settings

from engine.site.databases import PREFIX
from manydb.tenants.lifecycle import creation, moves, operation, replacement, serving
from manydb.tenants.lifecycle.dumps import dump
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.replacement import Replacement
from manydb.tenants.lifecycle.restores import restore_over
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Tenant

from .new import NewTenantTest


@override_settings(TENANT_SERVERS={"eu": {}})
class Moves(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        self.database = f"{PREFIX}{self.name}_2"
        self.enterContext(patch.object(replacement, "free_database", return_value=self.database))
        database = TenantDatabase.of(creation.create(self.name))
        self.place, self.engine = database.place, database.engine
        self.other = self.place.named(f"{self.place.name}_2")

    def move(self, to: str = "eu") -> Tenant:
        return moves.move(self.name, to, wait=0)

    def check_it_stayed(self) -> None:
        row = Tenant.objects.get(name=self.name)
        self.assertEqual((row.state, row.command, row.other_database), ("ready", "", ""))
        self.assertFalse(self.engine.exists(self.other))
        self.sql("CREATE TABLE note (id int)")

    def test_where_rows_are_missing_it_stays(self) -> None:
        with (
            patch.object(moves, "rows", side_effect=[{"note": 2}, {"note": 1}]),
            self.assertRaisesMessage(ProvisioningError, "Table note has 1 rows where 2 were"),
        ):
            self.move()
        self.check_it_stayed()

    def test_where_the_other_server_fails_it_stays_even_if_nothing_can_be_tidied_up(self) -> None:
        away = patch.object(type(self.engine), "discard", side_effect=OperationalError("away"))
        with away, self.assertRaisesMessage(ProvisioningError, "is as it was: away"):
            self.move()
        self.check_it_stayed()

    def test_nothing_else_is_done_to_one_whose_move_was_killed(self) -> None:
        dump(self.name, path := self.folder / "dump.zip")
        with (
            patch.object(Replacement, "give_up"),
            patch.object(Operation, "drain", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.move()
        refused: dict[str, Any] = {
            "is being moved to eu. Continue there": lambda: self.move(""),
            f"is moving. Run move_tenant {self.name} --to eu again": lambda: moves.move_back(
                self.name, wait=0
            ),
            "or resume_tenant": lambda: restore_over(path, self.name, wait=0),
            "to serve it from the database that it has.": lambda: drop(self.name),
            "is moving": lambda: dump(self.name, self.folder / "other.zip"),
        }
        for sentence, command in refused.items():
            with self.subTest(sentence), self.assertRaisesMessage(ProvisioningError, sentence):
                command()
        serving.resume(self.name)
        self.check_it_stayed()

    def killed_before(self, phase: str) -> None:
        """Begins a move, and ends it before the catalog says that it is in this phase, or "" for done."""
        record = Operation.record

        def record_until(self: Operation, **fields: Any) -> None:
            if fields.get("phase") == phase:
                raise KeyboardInterrupt
            record(self, **fields)

        with (
            patch.object(Replacement, "give_up"),
            patch.object(Operation, "record", record_until),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.move()

    def test_one_that_was_killed_when_all_was_copied_goes_on(self) -> None:
        self.killed_before("whole")
        self.assertEqual(self.move().database, self.database)

    def test_one_that_was_killed_when_all_was_checked_goes_on_or_stays(self) -> None:
        self.killed_before("")
        serving.resume(self.name)
        self.check_it_stayed()
        self.killed_before("")
        with patch.object(Replacement, "make", side_effect=AssertionError("once is enough")):
            self.assertEqual(self.move().database, self.database)

    def test_there_and_back_and_what_is_kept_goes_with_the_tenant(self) -> None:
        self.sql("CREATE TABLE note (id int)")
        self.assertEqual(self.move().database, self.database)
        self.assertTrue(self.engine.exists(self.other))
        for to, sentence in (("eu", "is on eu already"), ("", "still has")):
            with self.assertRaisesMessage(ProvisioningError, sentence):
                self.move(to)
        self.sql("INSERT INTO note VALUES (1)")
        moves.move_back(self.name, wait=0)
        self.assertFalse(self.sql("SELECT * FROM note"))
        drop(self.name)
        self.assertFalse(self.engine.exists(self.place) or self.engine.exists(self.other))

    def test_it_waits_until_every_process_knows(self) -> None:
        with patch.object(operation.time, "sleep") as sleep:
            moves.move(self.name, "eu")
        sleep.assert_called_once_with(settings.TENANT_CACHE_SECONDS + 1)
