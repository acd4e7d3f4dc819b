"""The software of a legacy database goes on working while it is read: its writes, and its changes of tables."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.db import Error, connections
from django.db.utils import load_backend

from engine.tests.simple.test_adoption import AdoptingCase
from manydb.legacy import writing
from manydb.legacy.deadline import within
from manydb.legacy.introspect import introspect
from manydb.legacy.proof import prove

TABLES = "\n".join(
    f"create table t{i} (id int not null primary key, v varchar(20)); insert into t{i} values (1, 'a');"
    for i in range(12)
)
IMPATIENT = {
    "sqlite": "PRAGMA busy_timeout = 300",
    "mysql": "SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1",
    "postgresql": "SET lock_timeout = '300ms'",
}
# What holds a table so that it can't even be read.
HOLD = {
    "mysql": ["LOCK TABLES t3 WRITE"],
    "postgresql": ["BEGIN", "LOCK TABLE t3 IN ACCESS EXCLUSIVE MODE"],
}
LET_GO = {"mysql": "UNLOCK TABLES", "postgresql": "ROLLBACK"}


class BesideOthers(AdoptingCase):
    def setUp(self) -> None:
        super().setUp()
        self.make(TABLES)

    def foreign(self) -> Any:
        """A connection of the other software, which waits for no lock."""
        connection: Any = load_backend(self.entry["ENGINE"]).DatabaseWrapper(self.entry, "attic")
        with connection.cursor() as cursor:
            cursor.execute(IMPATIENT[self.engine])
        return connection

    def test_between_two_tables_nothing_is_held_and_what_has_changed_is_read_again(self) -> None:
        foreign = self.foreign()
        self.addCleanup(foreign.close)
        seen: list[str] = []

        def at_work(table: str, done: int, total: int) -> None:
            if len(seen) < 12:
                seen.append(table)
                with foreign.cursor() as cursor:
                    cursor.execute(f"ALTER TABLE {table} ADD COLUMN later int")
                    cursor.execute(f"INSERT INTO {table} VALUES (2, 'b', 3)")

        found = introspect(connections["attic"], progress=at_work)
        self.assertEqual(len(seen), 12)
        for table in found.tables:
            self.assertEqual([it.name for it in table.columns], ["id", "v", "later"], table.label)
        self.assertEqual(found.unreadable, {})

    def test_a_table_that_is_locked_at_first_is_read_afterwards(self) -> None:
        if self.engine == "sqlite":
            return  # it locks files, not tables
        foreign = self.foreign()
        self.addCleanup(foreign.close)
        with foreign.cursor() as cursor:
            for statement in HOLD[self.engine]:
                cursor.execute(statement)

            def let_go(table: str, done: int, total: int) -> None:
                if table == "t9":
                    cursor.execute(LET_GO[self.engine])

            found = introspect(connections["attic"], progress=let_go)
        self.assertEqual((len(found.tables), found.unreadable), (12, {}))

    def test_a_table_that_is_locked_while_its_model_is_tried_is_no_table_less(self) -> None:
        if self.engine == "sqlite":
            return  # it locks files, not tables
        foreign = self.foreign()
        self.addCleanup(foreign.close)

        def locked(*args: Any, **options: Any) -> Any:
            with foreign.cursor() as cursor:
                for statement in HOLD[self.engine]:
                    cursor.execute(statement)
                try:
                    return prove(*args, **options)
                finally:
                    cursor.execute(LET_GO[self.engine])

        with patch.object(writing, "prove", locked):
            written = writing.write(connections["attic"], lambda *progress: None)
        self.assertEqual(written.models, 12)
        said = (
            "Check: t3 (T3): other software kept it locked for 1 second, so its rows were not read"
        )
        self.assertEqual(written.remarks, [said])

    def test_a_file_that_stays_locked_is_one_sentence(self) -> None:
        if self.engine != "sqlite":
            return
        foreign = self.foreign()
        self.addCleanup(foreign.close)
        with foreign.cursor() as cursor, connections["attic"].cursor() as ours:
            ours.execute("PRAGMA busy_timeout = 10")
            cursor.execute("BEGIN EXCLUSIVE")
            with self.assertRaisesMessage(CommandError, "other software kept it locked"):
                call_command("inspect_legacy", "attic", stderr=StringIO())

    @contextmanager
    def at_work(self) -> Iterator[list[str]]:
        """Another thread that writes and alters, one statement after the other; yields what was refused."""
        refused: list[str] = []
        stop, begun = threading.Event(), threading.Event()

        def work() -> None:
            foreign = self.foreign()
            number = 10
            while not stop.is_set():
                number += 1
                try:
                    with foreign.cursor() as cursor:
                        cursor.execute(f"INSERT INTO t{number % 12} (id, v) VALUES ({number}, 'b')")
                        cursor.execute(f"ALTER TABLE t{number % 12} ADD COLUMN c{number} int")
                        cursor.execute(f"UPDATE t{number % 12} SET v = 'c'")
                except Error as error:
                    refused.append(str(error))
                begun.set()
                stop.wait(0.02)
            foreign.close()

        worker = threading.Thread(target=work)
        worker.start()
        begun.wait(30)
        try:
            yield refused
        finally:
            stop.set()
            worker.join()

    def test_the_commands_and_the_admin_refuse_no_writer_and_no_alter(self) -> None:
        self.inspect()
        with self.at_work() as refused:
            self.assertIn("12 models of shop", self.adopt("shop", *self.where, **self.password))
            self.inspect()
            with self.installed() as models:
                call_command("check_legacy_models", "attic", "--ignore", "*", stdout=StringIO())
                for model in models:
                    self.assertEqual(self.list_of(model).status_code, 200)
        self.assertEqual(refused, [])

    def test_limits_are_taken_back(self) -> None:
        connection = connections["attic"]
        shown = {
            "mysql": "SELECT @@SESSION.lock_wait_timeout",
            "postgresql": "SELECT current_setting('lock_timeout'), current_setting('search_path')",
        }
        if self.engine == "sqlite":
            return
        with connection.cursor() as cursor:
            cursor.execute(shown[self.engine])
            before = cursor.fetchall()
            with within(connection, 1, "t"):
                cursor.execute(shown[self.engine])
                self.assertNotEqual(cursor.fetchall(), before)
            cursor.execute(shown[self.engine])
            self.assertEqual(cursor.fetchall(), before)
