"""Which relations a statement reads, so that a view of the database's own counts as one that may write.

A view can call a function that writes, and its name does not say so. Tables of the project's models are known to be
none; of any other name only the server knows, and asking it would cost a query.
"""

import re
from collections.abc import Iterator
from functools import cache

from django.apps import apps

from manydb.core.ownership import DEPLOYED_TABLE, IDENTITY_TABLE
from manydb.core.patterns import pattern

# Of the servers themselves.
_SCHEMAS = {"pg_catalog", "information_schema", "performance_schema", "mysql", "sys"}
_STATISTICS = "pg_stat"  # views of PostgreSQL, which are found before those of the project
_OF_DJANGO = {"django_migrations", IDENTITY_TABLE, DEPLOYED_TABLE, "sqlite_master", "dual"}
_TOKEN = pattern(
    r"""'(?:[^'\\]|''|\\.)*'|--[^\n]*|/\*(?!M?!).*?\*/"""
    r"""|(?P<name>(?:[\w$]+|"(?:[^"]|"")*"|`(?:[^`]|``)*`)(?:\s*\.\s*(?:[\w$]+|"(?:[^"]|"")*"|`(?:[^`]|``)*`))*)"""
    r"""|(?P<mark>[(),])""",
    re.DOTALL,
)
_BEFORE_RELATION = {"from", "join", "straight_join", "table"}
_STILL_BEFORE = {"lateral", "only", "rows"}
_ENDS_FROM = {
    "where",
    "group",
    "having",
    "order",
    "limit",
    "window",
    "union",
    "intersect",
    "except",
} | {
    "offset",
    "fetch",
    "for",
    "returning",
    "set",
}


class _Level:
    """What is inside one pair of parentheses, as far as it was read."""

    def __init__(self, is_relation: bool = False) -> None:
        self.selects = False
        self.names_queries = False  # WITH, up to its SELECT
        self.in_from = self.expects_relation = is_relation
        self.expects_query = False
        self.last = ""
        self.relation = ""  # the one that was just read


def relations_of(sql: str) -> set[str]:
    """The names of what a statement reads, lower case and without quotes; not those of its own WITH."""
    found: set[str] = set()
    queries: set[str] = set()
    levels = [_Level()]
    for word, is_quoted in _tokens(sql):
        level = levels[-1]
        if word == "(":
            if level.relation:  # a function
                found.discard(level.relation)
            levels.append(_Level(level.expects_relation))
            level.expects_relation = False
        elif word == ")":
            if len(levels) > 1:
                levels.pop()
        elif word == ",":
            level.expects_relation = level.in_from
            level.expects_query = level.names_queries
        elif level.expects_query and word != "recursive":
            queries.add(word)
            level.expects_query = False
        elif not is_quoted and _is_keyword(level, word):
            pass
        elif level.expects_relation:
            found.add(word)
            level.expects_relation = False
            level.last, level.relation = word, word
            continue
        level.last, level.relation = word, ""
    return found - queries


def _is_keyword(level: _Level, word: str) -> bool:
    if word == "with" and not level.selects:
        level.names_queries = level.expects_query = True
    elif word in {"select", "delete"}:
        level.selects, level.names_queries = True, False
        level.in_from = level.expects_relation = False
    elif word in _BEFORE_RELATION:
        # EXTRACT(year FROM x) and IS DISTINCT FROM x read no relation.
        is_clause = word == "table" or level.in_from or (level.selects and level.last != "distinct")
        level.in_from = level.expects_relation = is_clause
    elif word in _ENDS_FROM:
        level.in_from = level.expects_relation = False
    else:
        return word in _STILL_BEFORE
    return True


def _tokens(sql: str) -> Iterator[tuple[str, bool]]:
    """Names in lower case without quotes, each with whether it had any, and marks."""
    for token in _TOKEN.finditer(sql):
        if name := token["name"]:
            yield _plain(name), name[0] in '"`'
        elif token["mark"]:
            yield token["mark"], False


def _plain(name: str) -> str:
    return re.sub(r'[\s"`]', "", name).lower()


def reads_known_tables(sql: str) -> bool:
    """Whether all that it reads are tables of the project's models, or the server's own."""
    return all(
        name in _tables()
        or name.rpartition(".")[2] in _tables()
        or name.split(".")[0] in _SCHEMAS
        or name.startswith(_STATISTICS)
        for name in relations_of(sql)
    )


@cache
def _tables() -> frozenset[str]:
    models = apps.get_models(include_auto_created=True, include_swapped=True)
    names = {_plain(model._meta.db_table) for model in models}
    return frozenset(names | {name.rpartition(".")[2] for name in names} | _OF_DJANGO)
