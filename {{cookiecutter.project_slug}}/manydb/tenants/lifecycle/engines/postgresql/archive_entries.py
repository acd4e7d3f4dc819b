"""Which entries of an archive of pg_dump are loaded: those that hold data, and the shape of it.

Functions, triggers, views and the like are code: it would run later, with the rights of the code that calls it.
They come from the template, which the project's migrations have made, and from a dump only if that is wanted.

Source: PostgreSQL, pg_restore, --list and --use-list.
"""

import re
from collections.abc import Iterable

_LINE = re.compile(r"\d+; \d+ \d+ (.*)")
DATA = {
    *("TABLE", "TABLE DATA", "TABLE ATTACH", "DEFAULT", "COMMENT"),
    *("SEQUENCE", "SEQUENCE SET", "SEQUENCE OWNED BY", "SCHEMA", "TYPE", "DOMAIN", "COLLATION"),
    *("CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "INDEX", "INDEX ATTACH", "STATISTICS"),
    *("BLOB", "BLOBS", "BLOB METADATA"),
}
# What tables may need of the template's code, and what needs the tables.
CODE_BEFORE = {"EXTENSION", "FUNCTION", "PROCEDURE", "AGGREGATE", "OPERATOR", "CAST"} | {
    *("OPERATOR CLASS", "OPERATOR FAMILY", "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY"),
    *("TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "TRANSFORM", "PROCEDURAL LANGUAGE"),
}
CODE_AFTER = {"VIEW", "MATERIALIZED VIEW", "MATERIALIZED VIEW DATA", "TRIGGER", "RULE"} | {
    *("POLICY", "ROW SECURITY", "EVENT TRIGGER", "PUBLICATION", "PUBLICATION TABLE"),
    *("PUBLICATION TABLES IN SCHEMA", "SUBSCRIPTION", "SERVER", "USER MAPPING", "FOREIGN TABLE"),
    "FOREIGN DATA WRAPPER",
}
# Never loaded, whatever is wanted: rights, and settings of a server.
_OTHER = {"ACL", "DEFAULT ACL", "SECURITY LABEL", "DATABASE", "DATABASE PROPERTIES", "SHELL TYPE"}
_LONGEST_FIRST = sorted(DATA | CODE_BEFORE | CODE_AFTER | _OTHER, key=len, reverse=True)


def kind_of(line: str) -> str:
    """Returns the kind of an entry in a list of pg_restore; "" if it is none that is known."""
    found = _LINE.match(line)
    text = found[1] if found else ""
    kind = next((kind for kind in _LONGEST_FIRST if text.startswith(f"{kind} ")), "")
    is_of_code = kind == "COMMENT" and not re.match(
        r"COMMENT \S+ (TABLE|COLUMN|INDEX|CONSTRAINT) ", text
    )
    return "" if is_of_code else kind


def of_kinds(listed: str, kinds: Iterable[str]) -> list[str]:
    """Returns the lines of a list that are of these kinds, in its order."""
    wanted = set(kinds)
    return [line for line in listed.splitlines() if kind_of(line) in wanted]
