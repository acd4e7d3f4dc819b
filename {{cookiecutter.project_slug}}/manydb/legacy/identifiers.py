"""Python's names for tables and columns: deterministic, unique, and harmless."""

import builtins
import keyword
import re
import unicodedata
from collections.abc import Container, Iterable
from functools import cache

from django.db import models

# What a field would hide from Django or from the lines after it in the class body; linters dislike l.
_TAKEN = {"models", "Meta", "objects", "pk", "_DATABASE", "self", "DoesNotExist", "l", "str"}
RESERVED = frozenset(_TAKEN | set(dir(models.Model)) | {"MultipleObjectsReturned", "NotUpdated"})


@cache
def _classes() -> frozenset[str]:
    """Names that a model can't have: what its module imports, or a linter dislikes.

    The fields are imported when models are written, and by no project that has no such columns.
    """
    from manydb.legacy import columns

    more = {"ArrayField", "EnumArrayField", "NumericField", "KeylessModel", "TriggeredModel"}
    return frozenset({*dir(builtins), *columns.__all__, *more, "I", "O"})


def _words(name: str) -> list[str]:
    # Python compares identifiers in NFKC, so two columns must differ there.
    name = unicodedata.normalize("NFKC", name)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [word for word in re.split(r"[\W_]+", name) if word]


def _usable(name: str, prefix: str) -> str:
    return name if name.isidentifier() else f"{prefix}{name}"


def field_name(column: str) -> str:
    """``ArtistId`` is ``artist_id``, ``class`` and ``save`` get a word behind them, ``2nd`` one before."""
    name = _usable("_".join(_words(column)).lower() or "column", "column_")
    return f"{name}_column" if keyword.iskeyword(name) or name in RESERVED else name


def class_name(table: str) -> str:
    """``order details`` is ``OrderDetails``."""
    words = [word if word != word.upper() else word.lower() for word in _words(table)]
    name = _usable("".join(word[:1].upper() + word[1:] for word in words) or "Table", "Table")
    return f"{name}Table" if name in _classes() or keyword.iskeyword(name) else name


def unique(name: str, taken: Container[str]) -> str:
    """The name itself, or with the first number that makes it new."""
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def class_names(tables: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Names that differ in more than their case, as Django's registry wants; a schema is a prefix if needed."""
    names: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for schema, table in sorted(tables):
        name = class_name(table)
        if name.lower() in taken and schema:
            name = class_name(f"{schema} {table}")
        number, candidate = 2, name
        while candidate.lower() in taken:
            candidate, number = f"{name}{number}", number + 1
        taken.add(candidate.lower())
        names[schema, table] = candidate
    return names
