"""How a command ended is in its line: done, refused, stopped or failed, and never with an unexpected error's text."""

from contextlib import suppress

from django.core.management.base import CommandError
from django.test import SimpleTestCase

from manydb.core.command_log import logged


class EndOfACommand(SimpleTestCase):
    def test_each_has_its_word(self) -> None:
        for error, changes, said in (
            (None, True, "move_tenant acme is done"),
            (CommandError("There is no\nserver eu."), True, "is refused: There is no server eu."),
            (CommandError("No database."), False, "move_tenant acme is refused: No database."),
            (
                CommandError("Stopped.", returncode=130),
                True,
                "move_tenant acme is stopped: Stopped.",
            ),
            (ValueError("password=hidden"), True, "move_tenant acme is failed: ValueError"),
            (KeyboardInterrupt(), True, "move_tenant acme is failed: KeyboardInterrupt"),
        ):
            with self.subTest(said), self.assertLogs("manydb.commands", "INFO") as logs:
                ended = suppress(CommandError, ValueError, KeyboardInterrupt)
                with ended, logged("move_tenant", "acme", changes=changes):
                    if error:
                        raise error
                self.assertTrue(logs.records[0].getMessage().endswith(said), logs.output)

    def test_one_that_only_looks_has_no_line_if_it_is_done(self) -> None:
        with self.assertNoLogs("manydb.commands", "INFO"), logged("list_tenants", changes=False):
            pass
