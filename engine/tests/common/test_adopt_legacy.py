"""What ``adopt_legacy`` changes in files that somebody wrote: one line each, and all else stays."""

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase

from manydb.core.adopted import adopted_connection
from manydb.core.aliases import Database
from manydb.legacy.adoption.lists import add_to_list, call
from manydb.legacy.adoption.variables import mention_variables, set_variables

LINE = 'Database("attic", name="attic", engine="sqlite", read_only=True)'


class Lists(SimpleTestCase):
    def test_a_line_is_added_and_comments_stay(self) -> None:
        source = "# ours\nSHARED: list[str] = [\n    first(),  # é\n    # last\n]\nOTHER = [1]\n"
        expected = source.replace("    # last\n", f"    # last\n    {LINE},\n")
        self.assertEqual(add_to_list(source, "SHARED", LINE), expected)

    def test_a_list_on_one_line(self) -> None:
        self.assertEqual(add_to_list("A = [1, 2]  # é\n", "A", "3"), "A = [1, 2, 3]  # é\n")
        self.assertEqual(add_to_list("A = []\n", "A", "3"), "A = [3]\n")

    def test_what_is_no_list_is_left_alone(self) -> None:
        for source in ("", "A = (1,)\n", "A = [1] + B\n", "A = [\n    1\n]\n", "A = ["):
            with self.subTest(source), self.assertRaises(ValueError):
                add_to_list(source, "A", "2")

    def test_a_line_is_broken_as_ruff_breaks_it(self) -> None:
        for length, lines in [(36, 1), (37, 3), (43, 3), (44, 6)]:
            arguments = {"name": "x" * length, "engine": "sqlite", "read_only": True}
            written = call("Database", "attic", arguments)
            self.assertEqual((length, len(written.splitlines())), (length, lines))


class Variables(SimpleTestCase):
    def test_awkward_values_are_read_back_as_they_are(self) -> None:
        value = "it's a \"quoted\\ $word # é"
        written = set_variables("SECRET_KEY=x\n", "The attic", {"ATTIC_DATABASE_PASSWORD": value})
        self.assertTrue(written.startswith("SECRET_KEY=x\n\n# The attic\n"))
        again = set_variables(written, "The attic", {"ATTIC_DATABASE_PASSWORD": value})
        self.assertEqual(again, written)

    def test_what_it_said_before_is_replaced(self) -> None:
        values = {"ATTIC_DATABASE_NAME": "new"}
        written = set_variables("export ATTIC_DATABASE_NAME=old\n", "The attic", values)
        self.assertEqual(written, "# The attic\nATTIC_DATABASE_NAME='new'\n")

    def test_an_example_mentions_a_database_once(self) -> None:
        names = {"ATTIC_DATABASE_NAME": ""}
        once = mention_variables("# ours\n", "The attic", names)
        self.assertEqual(once, "# ours\n\n# The attic\n#ATTIC_DATABASE_NAME=\n")
        self.assertEqual(mention_variables(once, "The attic", names), once)

    def test_what_such_a_file_can_not_hold_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "ATTIC_DATABASE_PASSWORD"):
            set_variables("", "The attic", {"ATTIC_DATABASE_PASSWORD": "a${HOME}b"})


class Files(SimpleTestCase):
    def test_one_that_is_not_there_is_not_made(self) -> None:
        place = Path(self.enterContext(TemporaryDirectory())) / "attic.sqlite3"
        attic = Database("attic", name="attic", engine="sqlite")
        entry = adopted_connection(attic, lambda name, default: str(place), tls=False)
        with self.assertRaises(sqlite3.OperationalError):
            sqlite3.connect(entry["NAME"], uri=True)  # as Django does
        self.assertFalse(place.exists())


class Production(SimpleTestCase):
    def test_source_is_written_in_development_only(self) -> None:
        with self.assertRaisesRegex(CommandError, "run it in development"):
            call_command("adopt_legacy", "attic", database="attic.sqlite3")
