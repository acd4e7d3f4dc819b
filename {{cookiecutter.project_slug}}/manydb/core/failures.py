"""What an error of a server means: a lost connection, a cancelled statement, a held lock, or a deadline that has passed.

A server may also take no writes, or not have the database.

Sources: PostgreSQL, "Error Codes"; MySQL, "Server Error Message Reference", "Client Error Message
Reference"; MariaDB, "Error Codes".
"""

import re
from typing import Any

from django.db import Error

from manydb.core.patterns import pattern

# Class 08, and: shut down, crashed, starting up, idle for too long.
_LOST_STATES = {"57P01", "57P02", "57P03", "57P05"}
# Gone away, lost during a query, server shutting down, session killed, idle for too long.
_LOST_NUMBERS = {2002, 2003, 2006, 2013, 2055, 1053, 1152, 1158, 1159, 1160, 1161, 1927, 3169, 4031}
# Replay needed what the statement was reading, or changed the table under it.
_CANCELLED = {"40001", "40P01", 1412}
_LOCKED = {"55P03", 1205}  # a lock was not to be had within the time that the session waits for one
# A session of a standby or a demoted primary; of an InnoDB that is read-only, as Aurora's readers; a node of Galera that
# is not in its cluster. 1290 and 1792 have other causes as well.
_READ_ONLY_SERVER = {"25006", 1836, 1874, 1047}
_PREVENTED = {1290, 1792}
_SAYS_READ_ONLY = pattern(r"read[-_ ]?only", re.IGNORECASE)
_NO_SUCH_DATABASE = {"3D000", 1049}
# A statement that took too long or was cancelled, a lock, and too many connections.
_NOT_NOW = {"57014", "55P03", "53300", 1205, 1317, 1969, 3024, 3572, 1040, 1203, 1226}
# Of the client's own: a server said nothing for as long as it waits. PgBouncer has no codes of its own.
_LOST_IN_QUERY = 2013
_SAYS_NOT_NOW = pattern(
    r"no answer for \d|connection timeout expired|\(110\b|query_wait_timeout|no more connections allowed"
)
# The other end, such as a proxy whose server is gone, has ended the connection itself: in the words of libpq, and of the
# client of MySQL, where 110 (on macOS 60) is the deadline.
_SAYS_ENDED = pattern(
    r"server closed the connection|Connection refused|Connection reset by peer"
    r"|Can't connect to .* \((?!110\b|60\b)\d+\)|initial communication packet.* error: (?!110\b|60\b)\d"
)
_SAYS_DEADLINE = "timeout expired"  # of one of several hosts
_MISSING = pattern(r'database ".*" does not exist|no such database')


def code_of(error: BaseException) -> str | int | None:
    """PostgreSQL's SQLSTATE or MySQL's number, of Django's error or of the driver's; None if there is neither."""
    state = getattr(_of_driver(error), "sqlstate", None)
    number: Any = error.args[0] if error.args else None
    return state or (number if isinstance(number, int) else None)


def connection_is_lost(error: BaseException) -> bool:
    code = code_of(error)
    if code is None:  # psycopg has no state for what no server has said
        return hasattr(_of_driver(error), "sqlstate")
    return code in _LOST_STATES | _LOST_NUMBERS or str(code).startswith("08")


def server_has_spoken(error: BaseException) -> bool:
    """Whether the server, or a pooler or proxy before it, ended this itself, which a silent one does not."""
    code, text = code_of(error), str(error)
    if _SAYS_ENDED.search(text) and _SAYS_DEADLINE not in text:
        return True
    if isinstance(code, int):
        return not 2000 <= code < 3000  # the client's own, of MySQL and of MariaDB
    return bool(code) or "FATAL:" in text  # psycopg has no state for a login that failed


def statement_was_cancelled(error: BaseException) -> bool:
    return code_of(error) in _CANCELLED


def lock_is_held(error: BaseException) -> bool:
    return code_of(error) in _LOCKED


def server_is_read_only(error: BaseException) -> bool:
    """Whether a write was refused because of the server, or its session, that takes none."""
    code = code_of(error)
    return code in _READ_ONLY_SERVER or (
        code in _PREVENTED and bool(_SAYS_READ_ONLY.search(str(error)))
    )


def is_not_now(error: BaseException | None) -> bool:
    """Whether a deadline has passed, or the server had no place: a later attempt may well succeed.

    Django's error about a transaction that was broken before says so of the error that broke it.
    """
    while isinstance(error, Error):
        code = code_of(error)
        if code in _NOT_NOW or code == _LOST_IN_QUERY or _SAYS_NOT_NOW.search(str(error)):
            return True
        error = error.__cause__
    return False


def database_is_missing(error: BaseException) -> bool:
    """The server is there, but not this database: a new one, which replication has not brought yet."""
    # psycopg has no state for a login that failed.
    return code_of(error) in _NO_SUCH_DATABASE or bool(_MISSING.search(str(error)))


def _of_driver(error: BaseException) -> BaseException | None:
    """psycopg's own errors have ``sqlstate``, and Django's have them as their cause."""
    return error if hasattr(error, "sqlstate") else error.__cause__
