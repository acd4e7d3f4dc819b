"""Attacks past the ORM: by cursors, by the driver's own connection, and by transactions."""

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection, connections, transaction

from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS
from manydb.core.direct import past_the_pooler

from . import Attack, Use, attacks

SQL = "SELECT text FROM notes_note ORDER BY id"
CHANGE = "UPDATE notes_note SET text = 'Changed'"


def opened() -> Any:
    return connections[OTHER_ALIAS].cursor()


def executed() -> Any:
    cursor = opened()
    cursor.execute(SQL)
    return cursor


def session() -> Any:
    """The driver's own connection."""
    connections[OTHER_ALIAS].ensure_connection()
    return connections[OTHER_ALIAS].connection


def executed_by_the_driver() -> Any:
    cursor = session().cursor()
    cursor.execute(SQL)
    return cursor


FETCH: dict[str, Use] = {
    "fetchone": lambda cursor: cursor.fetchone(),
    "fetchmany": lambda cursor: cursor.fetchmany(2),
    "fetchall": lambda cursor: cursor.fetchall(),
    "for": list,
    "one by one": lambda cursor: next(iter(cursor)),
    "execute": lambda cursor: cursor.execute(SQL),
    "execute a change": lambda cursor: cursor.execute(CHANGE),
    "executemany": lambda cursor: cursor.executemany(CHANGE, []),
}
OF_DJANGO: dict[str, Use] = FETCH | {
    "callproc": lambda cursor: cursor.callproc("any"),
    "the driver's: fetchone": lambda cursor: cursor.cursor.fetchone(),
    "the driver's: fetchall": lambda cursor: cursor.cursor.fetchall(),
    "the driver's: next": lambda cursor: next(cursor.cursor),
    "the driver's: execute": lambda cursor: cursor.cursor.execute(SQL),
    "the driver's: execute a change": lambda cursor: cursor.cursor.execute(CHANGE),
    "the driver's connection's": lambda cursor: cursor.cursor.connection.cursor().execute(SQL),
}
ONLY_IN = {
    "postgresql": {
        "COPY out": lambda cursor: _copied(cursor, "COPY notes_note TO STDOUT"),
        "COPY in": lambda cursor: _copied(cursor, "COPY notes_tag (name) FROM STDIN"),
        "stream": lambda cursor: list(cursor.cursor.stream(SQL)),
        "scroll": lambda cursor: (cursor.cursor.scroll(0, "absolute"), cursor.fetchone()),
        "results": lambda cursor: list(cursor.cursor.results()),
        "its result": lambda cursor: cursor.cursor.pgresult.get_value(0, 0),
    },
    "mysql": {
        "nextset": lambda cursor: (cursor.cursor.nextset(), cursor.fetchall()),
        "USE": lambda cursor: cursor.execute("USE mysql"),
    },
    "sqlite": {"executescript": lambda cursor: cursor.cursor.executescript(CHANGE)},
}[connection.vendor]


def queried() -> Any:
    """The driver's connection, with rows of a statement that are still to be fetched."""
    other = connections[OTHER_ALIAS].copy()
    other.ensure_connection()
    other.connection.query(SQL)
    return other.connection


def result() -> Any:
    return queried().store_result()


# Of mysqlclient alone.
QUERIED: list[Attack] = [
    *attacks(
        "a statement of the driver's connection",
        queried,
        {
            "its rows": lambda session: session.store_result().fetch_row(0),
            "its rows, one by one": lambda session: session.use_result().fetch_row(),
        },
    ),
    *attacks("a result of the driver's", result, {"its rows": lambda rows: rows.fetch_row(0)}),
]
OF_SESSION: dict[str, Use] = {
    "cursor": lambda session: session.cursor().execute(SQL),
    "cursor's change": lambda session: session.cursor().execute(CHANGE),
    **(
        {"execute": lambda session: session.execute(SQL)}
        if connection.vendor != "mysql"
        else {
            "query": lambda session: session.query(SQL),
            "query in bytes": lambda session: session.query(SQL.encode()),
            "select_db": lambda session: session.select_db("mysql"),
        }
    ),
}


def _copied(cursor: Any, statement: str) -> Any:
    with cursor.copy(statement) as copy:
        return b"".join(copy) if "TO STDOUT" in statement else copy.write_row(["Made"])


def _in_a_block_of_theirs(use: Use) -> Use:
    def tried(_: Any) -> Any:
        with transaction.atomic(using=OTHER_ALIAS):
            return use(opened())

    return tried


def _past_the_pooler(_: Any) -> Any:
    with past_the_pooler(OTHER_ALIAS) as direct, direct.cursor() as cursor:
        cursor.execute(SQL)
        return cursor.fetchall()


def _in_our_transaction(_: Any) -> Any:
    with transaction.atomic(using="TESTCLIENT"):
        return Note.objects.using(OTHER_ALIAS).update(text="Changed")


NAMED: dict[str, Callable[[Any], Any]] = {
    "cursor": lambda _: opened().execute(SQL),
    "cursor of a replica": lambda _: connections[f"{OTHER_ALIAS}_RO"].cursor().execute(SQL),
    "a change": lambda _: opened().execute(CHANGE),
    "atomic": _in_a_block_of_theirs(lambda cursor: cursor.execute(SQL)),
    "atomic, a change": _in_a_block_of_theirs(lambda cursor: cursor.execute(CHANGE)),
    "past the pooler": _past_the_pooler,
    "in our transaction": _in_our_transaction,
    "raw()": lambda _: list(Note.objects.using(OTHER_ALIAS).raw("SELECT * FROM notes_note")),
    "introspection": lambda _: connections[OTHER_ALIAS].introspection.table_names(),
    "another connection": lambda _: connections[OTHER_ALIAS].copy().cursor().execute(SQL),
}

TABLE: list[Attack] = [
    *attacks("cursor", executed, OF_DJANGO),
    *attacks("cursor", executed, ONLY_IN),
    # In another thread Django refuses its connection.
    *attacks(
        "cursor",
        executed,
        {"its connection's": lambda cursor: cursor.db.cursor().execute(SQL)},
        DatabaseError,
    ),
    *attacks("the driver's cursor", executed_by_the_driver, FETCH),
    *attacks("the driver's connection", session, OF_SESSION),
    *(QUERIED if connection.vendor == "mysql" else []),
    *attacks("their database by name", lambda: None, NAMED),
]
