"""Telling statements that only read from those that may write, without asking the server.

The list says what may pass; whatever it does not know counts as a write. A function called in a SELECT can still
write (``nextval()``). Where the server's session is read-only, that refuses it; elsewhere ``may_write`` does, which
knows the functions that write nothing. A view can hide a function, which neither of the two can see: after a read
from one the client's position is taken (``replicas.read_relations``).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from manydb.core.functions import is_harmless
from manydb.core.patterns import pattern

LONGEST_KEPT = 5_000  # characters
_ROW = pattern(r"\bVALUES (\(%s(?:, %s)*\)), ")
_NO_ROWS = pattern(",{2,}")

_COMMENTS = r"(?:\s|--[^\n]*\n|#[^\n]*\n|/\*(?!M?!).*?\*/|\()*"
_READS = pattern(
    _COMMENTS + r"(?:SELECT|WITH|VALUES|TABLE|SHOW|EXPLAIN|DESCRIBE|DESC|FETCH|CLOSE|"
    # MariaDB's EXPLAIN ANALYZE; without SELECT it writes statistics.
    r"ANALYZE(?=\s+(?:FORMAT\s*=\s*\w+\s+)?(?:SELECT|WITH)\b)|"
    r"PRAGMA(?![^;]*=)(?!\s+(?:\w+\.)?(?:optimize|incremental_vacuum|wal_checkpoint)\b)"
    r"(?!\s+(?:\w+\.)?(?!(?:table|index|foreign_key)_|\w+_check\b)\w+\s*\()|"
    r"SET\s+(?!GLOBAL\b|PERSIST|PASSWORD\b|DEFAULT\s+ROLE\b|@@(?:GLOBAL|PERSIST))|"
    r"SAVEPOINT|RELEASE|ROLLBACK|BEGIN|START\s+TRANSACTION|COMMIT|DECLARE)\b",
    re.IGNORECASE | re.DOTALL,
)
# Words that make a SELECT, a WITH or an EXPLAIN write or lock: CTEs, SELECT … INTO, FOR UPDATE/SHARE,
# EXPLAIN ANALYZE CREATE TABLE … AS, EXPLAIN ANALYZE EXECUTE.
_WRITES = pattern(
    r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO|SHARE|LOCK|CREATE|REFRESH|EXECUTE)\b(?!\s*\()|"
    r"\b(?:INTO|LOCK)\b|;\s*\S",
    re.IGNORECASE,
)
# What ends a read-only session or transaction, also as set_config(…), whose arguments may be parameters.
_UNLOCKS = pattern(
    r"\A(?:SET|BEGIN|START)\b.*(?:\bREAD\s+WRITE\b|READ_ONLY\b)|"
    r"\bset_config\s*\((?!\s*'(?!\w*read_only)\w+')",
    re.IGNORECASE | re.DOTALL,
)
# Runs what was prepared before, and that may be anything.
_EARLIER = pattern(_COMMENTS + r"FETCH\b", re.IGNORECASE | re.DOTALL)
_DOLLARS = pattern(r"\$\w*\$")  # PostgreSQL's other quotes
_NO_PART = pattern(r"""[\s"`]|/\*.*?\*/|--[^\n]*|\#[^\n]*""", re.DOTALL)  # of a name
# A backslash ends no text of standard SQL but escapes in one of MySQL: what either of them reads counts.
_QUOTED = (
    pattern(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`""", re.DOTALL),
    pattern(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`"""),
)


def only_reads(sql: object) -> bool:
    """Whether a statement is known to read only, but for functions. Anything but a string counts as a write."""
    return _known(sql)[0]


def may_write(sql: object) -> bool:
    """Whether a statement that is free to write may do so, also in a function that it calls."""
    return _known(sql)[1]


def with_one_row(sql: str) -> str:
    """A long INSERT without its rows of placeholders after the first: they say nothing, and reading them takes milliseconds."""
    if len(sql) < LONGEST_KEPT or (row := _ROW.search(sql)) is None:
        return sql
    return _NO_ROWS.sub(
        ",", sql.replace(f", {row[1]}", ",")
    )  # what stood beside a row is still apart


def _known(sql: object) -> tuple[bool, bool]:
    """Both answers. An ORM's statements come again and again, and a look at one takes 50 µs."""
    if not isinstance(sql, str):
        return False, True
    sql = with_one_row(sql)
    return _remembered(sql) if len(sql) < LONGEST_KEPT else _judged(sql)


def _judged(sql: str) -> tuple[bool, bool]:
    reads = _reads(sql) or all(_reads(quoted.sub("''", sql)) for quoted in _QUOTED)
    if not reads or _UNLOCKS.search(sql.lstrip(" \t\r\n(")):
        return False, True
    unknown = _EARLIER.match(sql) or _DOLLARS.search(sql) or not all(map(is_harmless, _calls(sql)))
    return True, bool(unknown)


_remembered = lru_cache(maxsize=1000)(_judged)


def _reads(sql: str) -> bool:
    return _READS.match(sql) is not None and not _WRITES.search(sql)


def _calls(sql: str) -> Iterator[str]:
    """The names before a parenthesis, without their quotes, as each of the servers may read the statement."""
    for escapes in (False, True) if "\\" in sql else (False,):
        for dashes in (True, False) if "--" in sql or "#" in sql else (True,):
            for token in _tokens(escapes, dashes).finditer(sql):
                if token["call"]:
                    yield _NO_PART.sub("", token["name"])


@cache
def _tokens(escapes: bool, dashes: bool) -> re.Pattern[str]:
    """Texts, comments, and names with what follows them.

    Args:
        escapes: a backslash escapes in texts, and ``"`` may begin one, as in MySQL.
        dashes: ``--`` and ``#`` begin a comment. In MySQL ``1--f()`` is a sum, in PostgreSQL ``#`` an operator.
    """
    inside = r"[^{0}\\]|{0}{0}|\\." if escapes else r"[^{0}]|{0}{0}"
    text, double = (f"{quote}(?:{inside.format(quote)})*{quote}" for quote in "'\"")
    # MySQL executes what is in /*! … */.
    comment = r"/\*(?!M?!).*?\*/" + (r"|--[^\n]*|\#[^\n]*" if dashes else "")
    name = rf"(?:[\w$]+|{double}|`(?:[^`]|``)*`)"
    space = rf"(?:\s|{comment})*"
    return pattern(
        f"{text}|{comment}|(?P<name>{name}(?:{space}\\.{space}{name})*)(?P<call>{space}\\()?",
        re.DOTALL,
    )
