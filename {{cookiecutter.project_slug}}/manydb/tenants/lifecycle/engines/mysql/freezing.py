"""Freezes a database of MySQL or MariaDB by renaming it.

Only an administrator can make a database read-only there, and LOCK TABLES ends with its session. No session
finds a renamed table, so its writes are refused and not lost.

Sources: MySQL manual and MariaDB, RENAME TABLE and "KILL Statement". RENAME TABLE waits for transactions
that are open, and takes no table with a trigger to another database.
"""

from contextlib import suppress

from django.db import DatabaseError
from django.db.backends.utils import CursorWrapper

from manydb.tenants.lifecycle.engines.mysql.copy_tables import has_more_than_tables
from manydb.tenants.lifecycle.places import Place

_WAIT = 30  # seconds, for transactions of sessions that could not be ended
_SESSIONS = "SELECT id FROM information_schema.processlist WHERE db = %s AND id <> CONNECTION_ID()"
_DATABASE = (
    "SELECT default_character_set_name, default_collation_name "
    "FROM information_schema.schemata WHERE schema_name = %s"
)
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"


class Freezing:
    def freeze(self, place: Place) -> str:
        with place.server() as cursor:
            end_sessions(cursor, place)
            if has_more_than_tables(cursor, place):
                return "it has views, triggers, routines or events, so late writes are not refused"
        _rename(place, frozen_place(place))
        return ""

    def thaw(self, place: Place) -> None:
        frozen = frozen_place(place)
        with place.server() as cursor:
            end_sessions(cursor, frozen)  # a dump may continue after its command was killed
        _rename(frozen, place)

    def tables_of(self, place: Place) -> Place:
        frozen = frozen_place(place)
        with place.server() as cursor:
            return frozen if _tables(cursor, frozen) else place


def frozen_place(place: Place) -> Place:
    """Returns where the tables of a database are while it is frozen."""
    return place.beside(f"frozen_{place.own_name}")


def end_sessions(cursor: CursorWrapper, place: Place) -> None:
    """Ends every session in the database but this one."""
    cursor.execute(_SESSIONS, [place.name])
    for (session,) in cursor.fetchall():
        with suppress(DatabaseError):  # it has ended by itself, or is not ours to end
            cursor.execute("KILL %s", [session])


def _rename(source: Place, target: Place) -> None:
    """Renames a database that has only tables. If it was killed, it goes on from there."""
    with source.server() as cursor:
        cursor.execute(_DATABASE, [source.name])
        if not (found := cursor.fetchone()):
            return  # it has that name already
        charset, collation = found
        cursor.execute(
            f"CREATE DATABASE IF NOT EXISTS {target.quoted()} CHARACTER SET {charset} COLLATE {collation}"
        )
    with target.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SET lock_wait_timeout = {_WAIT}")
        old, new = source.quoted(), target.quoted()
        tables = [connection.ops.quote_name(table) for table in _tables(cursor, source)]
        if tables:  # in one statement, so that no session sees half of them renamed
            renamed = ", ".join(f"{old}.{table} TO {new}.{table}" for table in tables)
            cursor.execute(f"RENAME TABLE {renamed}")
        cursor.execute(f"DROP DATABASE {old}")


def _tables(cursor: CursorWrapper, place: Place) -> list[str]:
    cursor.execute(_TABLES, [place.name])
    return [table for (table,) in cursor.fetchall()]
