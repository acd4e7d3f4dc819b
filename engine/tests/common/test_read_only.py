"""A database that this project may only read: no write reaches it, and its file stays as it is."""

import sqlite3
import tempfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import OperationalError, connections
from django.test import TestCase

from engine.site.news.models import Announcement
from manydb.backends.read_only_sqlite.base import DatabaseWrapper
from manydb.core.exceptions import ReadOnlyDatabase

SCHEMA = """
    CREATE TABLE news_announcement (id integer PRIMARY KEY, text varchar(100) NOT NULL);
    INSERT INTO news_announcement VALUES (1, 'As it was');
"""
ATTIC = {
    "ENGINE": DatabaseWrapper.__module__.removesuffix(".base"),
    "ROLE": "shared",
    "TENANT": None,
    "ADOPTED": True,
    "READ_ONLY": True,
}


class ReadOnly(TestCase):
    """On an alias of its own, as ``adopt_legacy`` makes them."""

    def setUp(self) -> None:
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "attic.sqlite3"
        connection = sqlite3.connect(self.file)
        connection.executescript(SCHEMA)
        connection.close()
        attic = ATTIC | {"NAME": self.file}
        self.entry = connections.configure_settings({"default": {}, "attic": attic})["attic"]
        connections["attic"] = DatabaseWrapper(self.entry, "attic")
        self.addCleanup(self.forget)
        self.attic = Announcement.objects.using("attic")

    def forget(self) -> None:
        connections["attic"].close()
        del connections["attic"]

    def test_rows_are_read(self) -> None:
        self.assertEqual(self.attic.get().text, "As it was")

    def test_writes_are_refused_and_the_file_stays_as_it_is(self) -> None:
        before = self.file.read_bytes(), self.file.stat().st_mtime_ns
        row = self.attic.get()
        writes: dict[str, Callable[[], object]] = {
            "save": row.save,
            "delete": row.delete,
            "create": lambda: self.attic.create(text="New"),
            "update": lambda: self.attic.update(text="New"),
            "raw SQL": lambda: self.execute("DELETE FROM news_announcement"),
            "a pragma": lambda: self.execute("PRAGMA journal_mode = WAL"),
            "another one": lambda: self.execute("PRAGMA user_version(7)"),
        }
        for name, write in writes.items():
            with self.subTest(name), self.assertRaisesRegex(ReadOnlyDatabase, "attic is read-only"):
                write()
        with self.assertRaises(sqlite3.OperationalError):  # what gets past us is refused by SQLite
            connections["attic"].connection.execute("PRAGMA user_version(7)")
        self.assertEqual((self.file.read_bytes(), self.file.stat().st_mtime_ns), before)
        self.assertEqual([path.name for path in self.file.parent.iterdir()], ["attic.sqlite3"])

    def execute(self, statement: str) -> None:
        with connections["attic"].cursor() as cursor:
            cursor.execute(statement)

    def test_commands_that_write_are_refused_before_they_begin(self) -> None:
        connections.settings["attic"] = self.entry
        self.addCleanup(connections.settings.pop, "attic")
        for command in ("migrate", "flush", "createcachetable"):
            with self.subTest(command), self.assertRaisesRegex(CommandError, "attic is read-only"):
                call_command(command, database="attic", stdout=StringIO())
        with self.assertRaisesRegex(CommandError, "attic is read-only"):
            call_command("loaddata", "notes.json", database="attic")

    def test_a_file_that_is_not_there_is_not_made(self) -> None:
        connections["attic"].close()
        self.file.unlink()
        with self.assertRaisesRegex(OperationalError, "There is no file .*attic.sqlite3"):
            self.attic.exists()
        self.assertFalse(self.file.exists())
