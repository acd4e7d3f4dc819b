"""Telling statements that only read from those that may write, without asking the server.

The list says what may pass; whatever it does not know counts as a write. A function called in a
SELECT can still write (``nextval()``): on a replica that is for the server's own read-only mode to refuse.
"""

import re
from functools import lru_cache

LONGEST_KEPT = 5_000  # characters

_COMMENTS = r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*"
_READS = re.compile(
    _COMMENTS + r"(?:SELECT|WITH|VALUES|TABLE|SHOW|EXPLAIN|DESCRIBE|DESC|FETCH|CLOSE|"
    r"PRAGMA(?![^;]*=)(?!\s+(?:\w+\.)?(?:optimize|incremental_vacuum|wal_checkpoint)\b)"
    r"(?!\s+(?:\w+\.)?(?!(?:table|index|foreign_key)_|\w+_check\b)\w+\s*\()|"
    r"SET\s+(?!GLOBAL\b|PERSIST|PASSWORD\b|DEFAULT\s+ROLE\b|@@(?:GLOBAL|PERSIST))|"
    r"SAVEPOINT|RELEASE|ROLLBACK|BEGIN|START\s+TRANSACTION|COMMIT|DECLARE)\b",
    re.IGNORECASE | re.DOTALL,
)
# Words that make a SELECT, a WITH or an EXPLAIN write or lock: CTEs, SELECT … INTO, FOR UPDATE/SHARE,
# EXPLAIN ANALYZE CREATE TABLE … AS.
_WRITES = re.compile(
    r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO|SHARE|LOCK|CREATE|REFRESH)\b|;\s*\S", re.IGNORECASE
)
# A SELECT of nothing but a function, unless it is one of the server's own that are often asked.
_FUNCTION = r"(?!(?:pg_\w+|current_\w+|set_config|version|now)\s*\()[\w.\"`]+\s*\("
_CALLS = re.compile(
    _COMMENTS + rf"SELECT\s+(?:{_FUNCTION}(?!.*\bFROM\b)|.*?\bFROM\s+{_FUNCTION})",
    re.IGNORECASE | re.DOTALL,
)
# A backslash ends no text of standard SQL but escapes in one of MySQL: what either of them reads counts.
_QUOTED = (
    re.compile(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`""", re.DOTALL),
    re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`"""),
)


def only_reads(sql: object) -> bool:
    """Whether a statement is known to read only. Anything but a string counts as a write."""
    return _known(sql)[0]


def may_write(sql: object) -> bool:
    """Whether a statement that is free to write may do so, also in a function that it calls."""
    return _known(sql)[1]


def _known(sql: object) -> tuple[bool, bool]:
    """Both answers. An ORM's statements come again and again, and a look at one takes 50 µs."""
    if not isinstance(sql, str):
        return False, True
    return _remembered(sql) if len(sql) < LONGEST_KEPT else _judged(sql)


def _judged(sql: str) -> tuple[bool, bool]:
    reads = _reads(sql) or all(_reads(quoted.sub("''", sql)) for quoted in _QUOTED)
    return reads, not reads or _CALLS.match(sql) is not None


_remembered = lru_cache(maxsize=1000)(_judged)


def _reads(sql: str) -> bool:
    return _READS.match(sql) is not None and not _WRITES.search(sql)
