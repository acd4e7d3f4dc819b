"""A psycopg that waits in another way is refused, or a frozen replica would hold a thread for ever."""

from importlib.util import find_spec
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
