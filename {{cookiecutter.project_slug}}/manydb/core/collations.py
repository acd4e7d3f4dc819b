"""Orders of texts that a SQLite file names and this process lacks: only the software that made it has them."""

import re
from typing import Any

_NAMED = re.compile(r"""\bcollate\s+["'`\[]?(\w+)""", re.IGNORECASE)


def missing_collations(cursor: Any) -> set[str]:
    """Their names, in lower case."""
    cursor.execute("SELECT sql FROM sqlite_master WHERE sql LIKE '%collate%'")
    named = {name.lower() for (sql,) in cursor.fetchall() for name in _NAMED.findall(sql)}
    return {name for name in named if not _has(cursor, name)}


def _has(cursor: Any, name: str) -> bool:
    """SQLite's list of them has those that it only read of as well."""
    try:
        cursor.execute(f"SELECT 'a' < 'b' COLLATE {name}")  # a word
    except Exception as error:
        if "collation" in str(error):
            return False
        raise
    return True


def by_letters(one: str, other: str) -> int:
    """The order that stands in for them where nothing is written: letters, small and large alike."""
    mine, others = one.casefold(), other.casefold()
    return (mine > others) - (mine < others)
