"""A statement that its replica has lost: run again on the primary, or not."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, patch

from django.db import InterfaceError as DriverError
from django.db import OperationalError
from django.test import override_settings

from manydb.patches.driver_cursors import Cursors
from manydb.replicas import health, retry
from manydb.replicas.reads import Reads, reading

from .case import RoutedCase

LOST = OperationalError(2013, "Lost connection during query")
OTHER = OperationalError(1205, "Lock wait timeout exceeded")


class Retry(RoutedCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(patch.dict(health.servers, clear=True))
        self.run_again = self.enterContext(
            patch.object(retry, "_run", return_value=(Mock(), "again"))
        )
        self.reads = Reads()
        self.enterContext(reading(self.reads))

    def after(self, error: Exception, many: bool = False, in_a_transaction: bool = False) -> Any:
        """What becomes of a statement that fails like this on the replica."""
        replica = SimpleNamespace(
            alias=self.replica,
            settings_dict={"REPLICA_OF": self.primary},
            in_atomic_block=in_a_transaction,
            close=lambda: None,
            Database=SimpleNamespace(OperationalError=OperationalError, InterfaceError=DriverError),
        )

        class Lost:
            def execute(self, sql: str, params: Any) -> None:
                raise error

            executemany = execute

        cursors = Cursors(replica)
        cursors.recovery = retry.once_more_on_primary
        cursor = cursors.made(Lost())
        return (cursor.executemany if many else cursor.execute)("SELECT 1", ())

    def test_one_that_was_lost_runs_again_and_the_request_stays_on_the_primary(self) -> None:
        self.assertEqual(self.after(LOST), "again")
        self.assertEqual(self.reads.alias_for(self.primary), self.primary)
        self.assertEqual(health.server_of(self.replica).state, "down")

    def test_one_that_can_not_run_again_fails_and_the_replica_is_down_as_well(self) -> None:
        for how in ({"many": True}, {"in_a_transaction": True}):
            with self.subTest(how), self.assertRaises(OperationalError):
                self.after(LOST, **how)
        with override_settings(REPLICA_FALLBACK=False), self.assertRaises(OperationalError):
            self.after(LOST)
        self.assertFalse(self.run_again.called)
        self.assertEqual(health.server_of(self.replica).state, "down")

    def test_an_error_of_its_own_is_not_the_replicas(self) -> None:
        with self.assertRaises(OperationalError):
            self.after(OTHER)
        self.assertFalse(self.run_again.called or health.servers)
