"""A psycopg that waits in another way is refused, or a frozen replica would hold a thread for ever."""

import socket
from collections.abc import Generator
from importlib.util import find_spec
from threading import Timer
from typing import Any
from unittest import mock, skipUnless

from django.test import SimpleTestCase

from manydb import patches
from manydb.exceptions import PatchFailed
from manydb.patches import psycopg_wait


@skipUnless(find_spec("psycopg"), "psycopg is PostgreSQL's driver, and is not installed.")
class Refusal(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.dict(patches.verified))
        patches.verified.pop("psycopg_wait", None)

    def test_this_psycopg_fits(self) -> None:
        psycopg_wait.PATCH.verify()

    def test_one_that_has_changed_is_refused_with_the_first_connection(self) -> None:
        import psycopg
        from psycopg import waiting

        def another(self: object, gen: object) -> None:
            """Has no interval."""

        def wait(gen: object, *args: object, **kwargs: object) -> None:
            """Says nothing while nothing comes."""
            next(gen)  # type: ignore[call-overload]
            gen.send(1)  # type: ignore[attr-defined]

        for owner, name, instead in (
            (psycopg.Connection, "wait", another),
            (psycopg.Cursor, "execute", another),
            (psycopg.ServerCursor, "fetchmany", another),
            (waiting, "wait", wait),
        ):
            with (
                self.subTest(name),
                mock.patch.object(owner, name, instead),
                self.assertRaisesRegex(PatchFailed, r"psycopg_wait does not fit psycopg"),
            ):
                psycopg_wait.limit_silence(mock.Mock(), lambda: 1.0, OSError)


@skipUnless(find_spec("psycopg"), "psycopg is PostgreSQL's driver, and is not installed.")
class Silence(SimpleTestCase):
    """psycopg waits by itself at first, and goes on with the conversation that it has begun."""

    def setUp(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.addCleanup(self.ours.close)
        self.addCleanup(self.theirs.close)
        self.enterContext(mock.patch.object(psycopg_wait, "AT_ONCE", 0.01))
        self.asked = 0

    def wait(self, seconds: float) -> str:
        from psycopg import waiting

        class Session:
            def wait(session, gen: Any, interval: float = 0.01, timeout: Any = None) -> Any:
                return waiting.wait(gen, self.ours.fileno(), interval=interval, timeout=timeout)

        session = Session()
        psycopg_wait.limit_silence(session, lambda: seconds, lambda: OSError("silent"))
        found: str = session.wait(self.conversation())
        return found

    def conversation(self) -> Generator[Any, Any, str]:
        from psycopg import waiting

        self.asked += 1
        while not (yield waiting.Wait.R):
            pass
        return self.ours.recv(9).decode()

    def test_what_is_answered_at_once_takes_no_step_of_ours(self) -> None:
        self.theirs.send(b"soon")
        with mock.patch.object(psycopg_wait, "_giving_up", side_effect=AssertionError):
            self.assertEqual(self.wait(30), "soon")

    def test_what_is_answered_later_is_asked_once(self) -> None:
        later = Timer(0.1, self.theirs.send, [b"later"])
        later.start()
        self.addCleanup(later.join)
        self.assertEqual(self.wait(30), "later")
        self.assertEqual(self.asked, 1)

    def test_what_is_not_answered_ends(self) -> None:
        with self.assertRaisesRegex(OSError, "silent"):
            self.wait(0.05)
