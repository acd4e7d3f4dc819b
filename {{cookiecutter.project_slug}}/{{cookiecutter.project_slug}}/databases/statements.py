"""Telling statements that only read from those that may write, without asking the server.

The list says what may pass; whatever it does not know counts as a write. A function called in a
SELECT can still write (``nextval()``): that is for the server's own read-only mode to refuse.
"""

import re

_COMMENTS = r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*"
_READS = re.compile(
    _COMMENTS
    + r"(?:SELECT|WITH|VALUES|TABLE|SHOW|EXPLAIN|DESCRIBE|DESC|PRAGMA(?![^;]*=)|FETCH|CLOSE|"
    r"SET\s+(?!GLOBAL\b|PERSIST)|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|START|COMMIT|DECLARE)\b",
    re.IGNORECASE | re.DOTALL,
)
# Words that make a SELECT, a WITH or an EXPLAIN write or lock: CTEs, SELECT … INTO, FOR UPDATE/SHARE.
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO|SHARE|LOCK)\b|;\s*\S", re.IGNORECASE)
_QUOTED = re.compile(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`""", re.DOTALL)


def only_reads(sql: object) -> bool:
    """Whether a statement is known to read only. Anything but a string counts as a write."""
    if not isinstance(sql, str) or not _READS.match(sql):
        return False
    return not _WRITES.search(sql) or not _WRITES.search(_QUOTED.sub("''", sql))
