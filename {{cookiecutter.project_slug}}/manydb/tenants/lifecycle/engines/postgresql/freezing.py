"""Freezes a database of PostgreSQL: ends its sessions, and makes later ones read-only.

Sources: PostgreSQL, ALTER DATABASE, default_transaction_read_only and pg_terminate_backend.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper

from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.places import Place

_WAIT = 5_000  # milliseconds, for a session to end
_TIMES = 5
_SESSIONS = "FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
_END_SESSIONS = f"SELECT pg_terminate_backend(pid, %s) {_SESSIONS}"
_STILL_THERE = f"SELECT 1 {_SESSIONS} AND backend_start <= %s LIMIT 1"
_READ_ONLY = "default_transaction_read_only"
_IS_FROZEN = """
    SELECT 1 FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
    WHERE datname = %s AND setrole = 0 AND %s = ANY (setconfig)
"""


class Freezing:
    def freeze(self, place: Place) -> str:
        with place.server() as cursor:
            cursor.execute(f"ALTER DATABASE {place.quoted()} SET {_READ_ONLY} = on")
            end_sessions(cursor, place)
        return ""

    def thaw(self, place: Place) -> None:
        with place.server() as cursor:
            cursor.execute(_IS_FROZEN, [place.name, f"{_READ_ONLY}=on"])
            if cursor.fetchone():
                cursor.execute(f"ALTER DATABASE {place.quoted()} RESET {_READ_ONLY}")
                end_sessions(cursor, place)  # sessions of the meantime would stay read-only

    def tables_of(self, place: Place) -> Place:
        return place


@contextmanager
def as_who_logged_in(cursor: CursorWrapper) -> Iterator[None]:
    """Lays OPTIONS["assume_role"] aside: sessions are of the role that logged in, and only that may end them."""
    role = cursor.db.settings_dict.get("OPTIONS", {}).get("assume_role")
    if not role:
        yield
        return
    cursor.execute("RESET ROLE")
    try:
        yield
    finally:
        cursor.execute(f"SET ROLE {cursor.db.ops.quote_name(role)}")


def end_sessions(cursor: CursorWrapper, place: Place) -> None:
    """Ends every session in the database, a pooler's too, and waits until they have ended.

    Clients may connect again meanwhile: a session that begins later has the database's new settings.

    Raises:
        ProvisioningError: a session does not end.
    """
    quiet = 0
    with as_who_logged_in(cursor):
        cursor.execute("SELECT clock_timestamp()")
        (begun,) = cursor.fetchone()
        for _ in range(_TIMES):
            cursor.execute(_END_SESSIONS, [_WAIT, place.name])
            cursor.execute(_STILL_THERE, [place.name, begun])
            quiet = 0 if cursor.fetchone() else quiet + 1
            if quiet == 2:  # a session that was starting may not have been listed at first
                return
    raise ProvisioningError(
        f"A session in {place.name} does not end. Find it in pg_stat_activity, end it, and run this again."
    )
