"""A connection on which code has changed the session is closed when its request is over, and not kept.

``USE``, ``SET search_path``, ``SET ROLE``, a temporary table, an advisory lock: what one request leaves on the server
would be there for the next request that gets the connection. Undoing it needs the server as well, and what a
function of the project has set can not be listed. A new connection is the one state that is known. Code that leaves
its session alone, as Django does, pays for one look into a cache per statement.
"""

import re
from functools import lru_cache
from time import monotonic
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.functions import is_harmless
from manydb.core.patterns import pattern
from manydb.core.statements import LONGEST_KEPT, with_one_row
from manydb.patches.driver_cursors import Passes, add_check

AT_ONCE = 0.0  # as the time, by monotonic(), at which Django closes a connection

# What leaves nothing behind in a session, by its first word. All else counts as a change.
_LEAVES_NOTHING = pattern(
    r"(?:\s|--[^\n]*\n|/\*(?!!).*?\*/|\()*"
    r"(?:SELECT|WITH|VALUES|TABLE|SHOW|EXPLAIN|DESCRIBE|DESC|FETCH|CLOSE|INSERT|UPDATE|DELETE|MERGE|REPLACE|TRUNCATE|"
    r"COPY|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|START\s+TRANSACTION|COMMIT|ALTER|DROP|COMMENT|GRANT|REVOKE|ANALYZE|VACUUM|"
    r"REINDEX|REFRESH|OPTIMIZE|NOTIFY|CREATE(?!\s+(?:OR\s+REPLACE\s+)?(?:(?:GLOBAL|LOCAL)\s+)?TEMP))\b",
    re.IGNORECASE | re.DOTALL,
)
# On PostgreSQL these end with the transaction; on MySQL some hold for the session.
_OF_THE_TRANSACTION = pattern(
    r"\s*(?:SET\s+(?:LOCAL|CONSTRAINTS|TRANSACTION)|LOCK(?:\s+TABLE)?|DECLARE(?!.*\bWITH\s+HOLD\b))\b",
    re.IGNORECASE | re.DOTALL,
)
_COMMENTS = pattern(r"--[^\n]*|/\*(?!!).*?\*/", re.DOTALL)
# A backslash ends no text of standard SQL but escapes in one of MySQL: what either of them reads counts.
_TEXTS = (pattern(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL), pattern(r"'(?:[^']|'')*'"))
_QUOTED_NAMES = pattern(r'"(?:[^"]|"")*"|`(?:[^`]|``)*`')
# A second statement, a variable of MySQL's, SELECT … INTO TEMP or @variable, a comment that MySQL runs, a transaction
# that begins as another ends, and what EXPLAIN ANALYZE carries out.
_HIDDEN = pattern(
    r";\s*\S|(?<!@)@\w|:=|\bINTO\s+(?:(?:LOCAL|GLOBAL)\s+)?(?:TEMP|OUTFILE|DUMPFILE)|/\*!|\bAND\s+CHAIN\b|"
    r"\A\W*EXPLAIN\b.*\b(?:EXECUTE|DECLARE|TEMP|TEMPORARY)\b",
    re.IGNORECASE | re.DOTALL,
)
# PostgreSQL's schema of temporary tables, whatever quotes it has.
_TEMPORARY = pattern(r"pg_temp|\bU&\s*\"", re.IGNORECASE)
# A server's transaction that Django knows nothing of: the next request would go on in it. On SQLite Django sends BEGIN.
_OPENS = pattern(
    r"(?:\s|--[^\n]*\n|/\*(?!!).*?\*/)*(?:BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE | re.DOTALL
)
_ANOTHER = pattern(r";\s*\S")
_SERVERS = ("postgresql", "mysql")
_CALLED = pattern(r"([\w.$]+)\s*\(")
_NAMED = pattern(
    r"\b(?:INTO|TABLE|REFERENCES|EXISTS|VIEW|INDEX|KEY|UNIQUE|AS|WITH|RECURSIVE)\s+[\w.$]+\s*\(",
    re.IGNORECASE,
)
_INDEXED = pattern(
    r"\A\s*CREATE\b.*?\bON\s+[\w.$]+\s*(?:USING\s+\w+\s*)?\(", re.IGNORECASE | re.DOTALL
)
# Of functions that write nothing, those whose effect lasts as long as the session.
_LASTING = pattern(r"pg_(?:try_)?advisory_(?!xact|unlock)\w+|get_lock|setseed|load_extension")
# What writes and leaves the session alone, and words that stand before a parenthesis in statements that write.
_BESIDES = {"nextval", "setval", "conflict", "constraint", "do", "include", "into"} | {
    "references",
    "returning",
    "set",
    "table",
    "update",
}


def changes_session(sql: object, vendor: str = "") -> bool:
    """Whether a statement may leave something behind in its session. Anything but a string counts as one that does."""
    if not isinstance(sql, str):
        return True
    sql = with_one_row(sql)
    return _remembered(sql, vendor) if len(sql) < LONGEST_KEPT else _judged(sql, vendor)


def _judged(sql: str, vendor: str) -> bool:
    if vendor == "postgresql" and _OF_THE_TRANSACTION.match(sql) and not _ANOTHER.search(sql):
        return False
    if _TEMPORARY.search(sql) or (vendor in _SERVERS and _OPENS.match(sql)):
        return True
    return any(_leaves_something(texts.sub("''", sql)) for texts in _TEXTS)


def _leaves_something(sql: str) -> bool:
    bare = _QUOTED_NAMES.sub("quoted", _COMMENTS.sub(" ", sql))
    if not _LEAVES_NOTHING.match(bare) or _HIDDEN.search(bare):
        return True
    names = _CALLED.findall(_NAMED.sub("", _INDEXED.sub("(", bare)))
    return not all(map(_leaves_nothing, names))


def _leaves_nothing(function: str) -> bool:
    name = function.lower().removeprefix("pg_catalog.")
    return name in _BESIDES or (is_harmless(name) and not _LASTING.fullmatch(name))


_remembered = lru_cache(maxsize=1000)(_judged)


def note_session(connection: BaseDatabaseWrapper, sql: object) -> None:
    """A check of statements that don't pass, which lets all of them: Django closes the connection after the request."""
    connection.close_at = AT_ONCE


def _passes_on(vendor: str) -> Passes:
    def passes(sql: str) -> bool:
        return not changes_session(sql, vendor)

    return passes


# Each the same function for all connections of an engine.
_passes: dict[str, Passes] = {vendor: _passes_on(vendor) for vendor in (*_SERVERS, "sqlite")}


def is_changed(connection: BaseDatabaseWrapper) -> bool:
    """Whether code has changed the session of this connection since it was opened."""
    return connection.connection is not None and connection.close_at == AT_ONCE


@receiver(connection_created)
def watch_session(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    add_check(connection, note_session, _passes.get(connection.vendor, _passes["sqlite"]))
    if is_changed(connection):  # by Django itself, and that belongs to it
        age = connection.settings_dict["CONN_MAX_AGE"]
        ends = getattr(connection, "login_ends", None)  # of an account that is leased
        moments = [None if age is None else monotonic() + age, ends]
        connection.close_at = min((each for each in moments if each is not None), default=None)
