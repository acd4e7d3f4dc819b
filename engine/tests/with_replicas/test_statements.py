"""What a statement on a primary may have written, and so what its client must find."""

from django.test import SimpleTestCase

from manydb.core.statements import LONGEST_KEPT, may_write, only_reads

READS = [
    'SELECT "note"."id" FROM "note" WHERE recount("note"."text") LIMIT 21',
    'SELECT COUNT(*) AS "__count" FROM (SELECT 1 FROM "note") "subquery"',
    "SELECT EXISTS(SELECT 1 FROM note)",
    "SELECT 'nextval(1); DELETE FROM note' AS text FROM note",
    "SELECT VERSION(), @@sql_mode",
    "SELECT pg_current_wal_insert_lsn()",
    "WITH few AS (SELECT 1) SELECT * FROM few",
    "SAVEPOINT one",
]
WRITES = [
    "INSERT INTO note VALUES (1)",
    "WITH new AS (INSERT INTO note VALUES (1) RETURNING id) SELECT * FROM new",
    "SELECT * INTO copied FROM note",
    "CALL recount()",
    "DO $$ BEGIN PERFORM recount(); END $$",
    "EXPLAIN ANALYZE DELETE FROM note",
    "LOCK TABLE note",
    "SELECT id FROM note FOR UPDATE",
    "EXECUTE prepared",
]
CALLS = [
    "SELECT nextval('note_id_seq')",
    "select app.recount(1, 'a')",
    'SELECT * FROM "app"."recount"()',
]


class Statements(SimpleTestCase):
    def test_what_may_write_counts_as_a_write(self) -> None:
        for reads, writes, statements in (
            (True, False, READS),
            (False, True, WRITES),
            (True, True, CALLS),
        ):
            for statement in statements:
                with self.subTest(statement):
                    self.assertIs(only_reads(statement), reads)
                    self.assertIs(may_write(statement), writes)

    def test_also_of_any_length_and_of_what_is_no_string(self) -> None:
        values = ", (1)" * LONGEST_KEPT
        self.assertTrue(may_write(f"INSERT INTO note VALUES (1){values}"))
        self.assertFalse(may_write(f"SELECT id FROM note WHERE id IN (1{values})"))
        self.assertTrue(may_write(object()))
