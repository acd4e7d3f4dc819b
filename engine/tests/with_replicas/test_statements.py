"""What a statement on a primary may have written, and so what its client must find."""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import SimpleTestCase, TestCase

from manydb.core.exceptions import ReadOnlyDatabase
from manydb.core.guards import is_guarded_alone
from manydb.core.statements import LONGEST_KEPT, may_write, only_reads, with_one_row
from manydb.replicas.read_relations import reads_known_tables, relations_of

READS = [
    'SELECT COUNT(*) AS "__count" FROM (SELECT 1 FROM "note") "subquery"',
    "SELECT EXISTS(SELECT 1 FROM note)",
    "SELECT 'nextval(1); DELETE FROM note' AS text FROM note",
    "SELECT 'it''s recount(1)', \"recount\" FROM note WHERE id IN (1, 2) AND (text = '' OR text IS NULL)",
    "SELECT VERSION(), @@sql_mode",
    "SELECT pg_current_wal_insert_lsn()",
    "SELECT DATE_TRUNC('month', a), STRING_AGG(t, ','), ROW_NUMBER() OVER (ORDER BY id) FROM note GROUP BY (a)",
    "SELECT CAST(a AS numeric(5, 2)), JSON_UNQUOTE(JSON_EXTRACT(b, '$.c')), pg_catalog.lower(c) FROM note",
    "SELECT 1 /* recount(1) */ FROM note",
    "WITH few AS (SELECT 1) SELECT * FROM few",
    "EXPLAIN ANALYZE SELECT id FROM note",
    "EXPLAIN (ANALYZE, BUFFERS) SELECT id FROM note",
    "ANALYZE SELECT id FROM note",
    "ANALYZE FORMAT=JSON SELECT id FROM note",
    "SAVEPOINT one",
    "SET SESSION TRANSACTION READ ONLY",
]
WRITES = [
    "INSERT INTO note VALUES (1)",
    "WITH new AS (INSERT INTO note VALUES (1) RETURNING id) SELECT * FROM new",
    "SELECT * INTO copied FROM note",
    "CALL recount()",
    "DO $$ BEGIN PERFORM recount(); END $$",
    "DO recount()",
    "EXPLAIN ANALYZE DELETE FROM note",
    "EXPLAIN ANALYZE EXECUTE prepared",
    "ANALYZE note",
    "ANALYZE DELETE FROM note",
    "LOCK TABLE note",
    "SELECT id FROM note FOR UPDATE",
    "PREPARE prepared AS DELETE FROM note",
    "EXECUTE prepared",
    "/*! DELETE FROM note */",
    "SET SESSION TRANSACTION READ WRITE",
    "SET TRANSACTION READ  WRITE",
    "SET default_transaction_read_only = off",
    "SET SESSION transaction_read_only = 0",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "BEGIN READ WRITE",
    "START TRANSACTION READ WRITE",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT set_config(%s, %s, false)",
]
CALLS = [
    "SELECT nextval('note_id_seq')",
    "select app.recount(1, 'a')",
    'SELECT * FROM "app"."recount"()',
    'SELECT "note"."id" FROM "note" WHERE recount("note"."text") LIMIT 21',
    "SELECT 1, recount(1)",
    "SELECT id, recount(id) FROM note",
    "SELECT id FROM note ORDER BY (SELECT recount(id))",
    "SELECT COUNT(recount(id)) FROM note",
    "WITH x AS (SELECT recount(1)) SELECT * FROM x",
    "VALUES (recount(1))",
    "SELECT `app` . `recount`(1)",
    "SELECT recount (1)",
    "SELECT recount/* a comment */(1)",
    "SELECT app./**/count(1)",
    "SELECT app.count(1)",
    "SELECT '''', recount(1), ''",
    r"SELECT 'a\', recount(1), '",  # PostgreSQL
    r"SELECT 'a\'', recount(1), ''",  # MySQL
    r'SELECT "\"", recount(1), ""',
    "SELECT 1--recount(1)",  # MySQL: 1 - -recount(1)
    "SELECT 1 # recount(1)",  # PostgreSQL: exclusive or
    "SELECT 1 -- it's\n, recount(1), 'a'",
    "SELECT 1 /*!, recount(1) */",
    "SELECT $$'$$, recount(1), $$'$$",
    "EXPLAIN ANALYZE SELECT recount(1)",
    "DECLARE c CURSOR FOR SELECT recount(1)",
    "FETCH ALL FROM c",
    "SELECT lo_create(0)",
    "SELECT dblink_exec('', '')",
    "SELECT query_to_xml('delete from note', true, true, '')",
]

# What each reads: a view may write, and only the server knows which of them is one.
RELATIONS: dict[str, set[str]] = {
    "SELECT id FROM added": {"added"},
    'SELECT "order", a FROM "notes_note" T1, "order", added WHERE EXTRACT(YEAR FROM x) = 1': {
        "notes_note",
        "order",
        "added",
    },
    "SELECT a FROM (SELECT 1 AS one) AS few JOIN app.added ON true": {"app.added"},
    "SELECT 1 FROM a, (b CROSS JOIN `c` . `d`)": {"a", "b", "c.d"},
    "(SELECT * FROM a) UNION (SELECT * FROM b)": {"a", "b"},
    "WITH RECURSIVE a(n) AS (SELECT 1 FROM t), b AS (SELECT * FROM a) SELECT * FROM b, LATERAL (SELECT 1 FROM d) e": {
        "t",
        "d",
    },
    "SELECT x IS DISTINCT FROM y, TRIM(BOTH 'x' FROM z) FROM a -- FROM b": {"a"},
    "SELECT (SELECT z FROM q LIMIT 1) FROM ONLY r ORDER BY a, b": {"q", "r"},
    "SELECT a, b FROM generate_series(1, 2) g, added": {"added"},
    "TABLE added": {"added"},
    "EXPLAIN ANALYZE SELECT 1 FROM added": {"added"},
    "SHOW COLUMNS FROM added": set(),
}


class Statements(SimpleTestCase):
    def test_what_is_read_is_known_by_its_name(self) -> None:
        for statement, relations in RELATIONS.items():
            with self.subTest(statement):
                self.assertEqual(relations_of(statement), relations)

    def test_a_relation_of_no_model_may_be_a_view_that_writes(self) -> None:
        for known in (
            'SELECT 1 FROM "notes_note"',
            "SELECT 1 FROM public.notes_note, pg_catalog.pg_class",
            "SELECT app FROM django_migrations",
            "SELECT pid FROM pg_stat_activity",
            "SELECT 1",
        ):
            self.assertTrue(reads_known_tables(known), known)
        for unknown in ("SELECT 1 FROM added", "SELECT 1 FROM notes_note, added"):
            self.assertFalse(reads_known_tables(unknown), unknown)

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

    def test_of_many_rows_of_placeholders_the_first_is_read(self) -> None:
        begins, row, ends = (
            "INSERT INTO `note` (`a`, `b`) VALUES (%s, %s)",
            ", (%s, %s)",
            " RETURNING `id`",
        )
        whole = begins + row * LONGEST_KEPT + ends
        self.assertEqual(with_one_row(whole), f"{begins},{ends}")
        self.assertEqual(with_one_row(begins + row + ends), begins + row + ends)
        for part in (
            "'it''s, (%s, %s)'",
            "nextval(%s, %s)",
            "/",
            "* x */ ; DROP TABLE note",
            "@a := (%s)",
        ):
            with self.subTest(part):
                self.assertIn(part.replace(row, ","), with_one_row(whole + part + row + part))


class WithoutAReadOnlySession(TestCase):
    """Past a pooler and with no reader host, a replica alias is its primary's server: only checks refuse writes."""

    databases = {"default", "default_RO"}

    def replica(self, **more: Any) -> BaseDatabaseWrapper:
        connection = connections["default"].copy("default_RO")
        entry = connection.settings_dict | {"REPLICA_OF": "default", "OPTIONS": {}, "REPLICAS": []}
        connection.settings_dict = entry | more
        connection.connect()
        self.addCleanup(connection.close)
        return connection

    def test_what_may_write_is_refused(self) -> None:
        for more in ({"POOLER": "pgbouncer"}, {"DISABLE_SERVER_SIDE_CURSORS": True}):
            replica = self.replica(**more)
            for statement in (*WRITES, *CALLS):
                with (
                    self.subTest(statement, more=more),
                    self.assertRaisesRegex(ReadOnlyDatabase, "default_RO is a read-only replica"),
                    replica.cursor() as cursor,
                ):
                    cursor.execute(statement)

    def test_what_reads_is_not(self) -> None:
        replica = self.replica(POOLER="pgbouncer")
        with replica.cursor() as cursor:
            cursor.execute("SELECT COUNT(*), UPPER('a') FROM (SELECT 1) AS one")
            self.assertEqual(cursor.fetchone(), (1, "A"))

    def test_where_the_server_refuses_writes_it_decides_about_functions(self) -> None:
        own = {"POOLER": "pgbouncer", "HOST": "reader.example"}
        session = {
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "OPTIONS": {"options": "-c default_transaction_read_only=on"},
        }
        for more in (own, session, {}):
            with self.subTest(more):
                entry = connections.settings["default"] | {"OPTIONS": {}} | more
                self.assertFalse(is_guarded_alone(entry, connections.settings["default"]))
