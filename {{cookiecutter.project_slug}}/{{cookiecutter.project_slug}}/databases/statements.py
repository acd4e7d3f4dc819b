"""Telling statements that only read from those that may write, without asking the server.

The list says what may pass; whatever it does not know counts as a write. A function called in a
SELECT can still write (``nextval()``): that is for the server's own read-only mode to refuse.
"""

import re

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
# A backslash ends no text of standard SQL but escapes in one of MySQL: what either of them reads counts.
_QUOTED = (
    re.compile(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`""", re.DOTALL),
    re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`"""),
)


def only_reads(sql: object) -> bool:
    """Whether a statement is known to read only. Anything but a string counts as a write."""
    if not isinstance(sql, str):
        return False
    if _READS.match(sql) and not _WRITES.search(sql):
        return True
    unquoted = (quoted.sub("''", sql) for quoted in _QUOTED)
    return all(_READS.match(text) and not _WRITES.search(text) for text in unquoted)
