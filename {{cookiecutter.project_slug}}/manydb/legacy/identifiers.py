"""Python's names for tables and columns: deterministic, unique, and harmless."""

import builtins
import keyword
import re
import unicodedata
from collections.abc import Container, Iterable
from functools import cache

from django.db import models

from manydb.legacy import english

# What a field would hide from Django or from the lines after it in the class body; linters dislike l.
_TAKEN = {"models", "Meta", "objects", "pk", "_DATABASE", "self", "DoesNotExist", "l", "str"}
# A class has names of its metaclass as well, such as mro.
RESERVED = frozenset(
    _TAKEN
    | set(dir(models.Model))
    | set(dir(type(models.Model)))
    | {"MultipleObjectsReturned", "NotUpdated"}
)


@cache
def _classes() -> frozenset[str]:
    """Names that a model can't have: what its module imports, or a linter dislikes.

    The fields are imported when models are written, and by no project that has no such columns.
    """
    from manydb.legacy import columns

    more = {"ArrayField", "EnumArrayField", "KeylessModel", "TriggeredModel"}
    return frozenset({*dir(builtins), *columns.__all__, *more, "I", "O"})


def _words(name: str) -> list[str]:
    # Python compares identifiers in NFKC, so two columns must differ there.
    name = unicodedata.normalize("NFKC", name)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [word for word in re.split(r"[\W_]+", name) if word]


def _usable(name: str, prefix: str) -> str:
    # Another case may have taken letters apart.
    name = unicodedata.normalize("NFKC", name)
    return name if name.isidentifier() else f"{prefix}{name}"


def field_name(column: str) -> str:
    """``ArtistId`` is ``artist_id``, ``class`` and ``save`` get a word behind them, ``2nd`` one before."""
    name = _usable("_".join(_words(column)).lower() or "column", "column_")
    return f"{name}_column" if keyword.iskeyword(name) or name in RESERVED else name


def class_name(table: str, *, singular: bool = False) -> str:
    """``order details`` is ``OrderDetails``, or ``OrderDetail`` if it is to be singular."""
    words = [word if word != word.upper() else word.lower() for word in _words(table)]
    if words and singular:
        last = words[-1].lower()
        one = english.singular(last)
        # "Adressen" keeps its case, and a word that is one already all of it.
        words[-1] = words[-1] if one == last else _as(words[-1], one)
    name = _usable("".join(word[:1].upper() + word[1:] for word in words) or "Table", "Table")
    return f"{name}Table" if name in _classes() or keyword.iskeyword(name) else name


def _as(word: str, one: str) -> str:
    return one.capitalize() if word[:1].isupper() else one


def common_prefix(tables: Iterable[str]) -> str:
    """What all tables begin with besides their names: ``oc_``, ``tbl``; empty if they don't."""
    names = list(tables)
    if len(names) < 3:
        return ""
    first = names[0]
    found = re.match(r"[A-Za-z][A-Za-z0-9]{0,14}_(?=\w)", first) or re.match(
        r"(?i)tbl(?=\w)", first
    )
    prefix = found[0] if found else ""
    return prefix if all(name.startswith(prefix) and name != prefix for name in names) else ""


def unique(name: str, taken: Container[str]) -> str:
    """The name itself, or with the first number that makes it new."""
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def class_names(
    tables: Iterable[tuple[str, str]],
    *,
    taken: Iterable[str] = (),
    prefix: str = "",
    singular: bool = False,
) -> dict[tuple[str, str], str]:
    """Names that differ in more than their case, as Django's registry wants; a schema is a prefix if needed."""
    names: dict[tuple[str, str], str] = {}
    gone = {name.lower() for name in taken}
    for schema, table in sorted(tables):
        short = table.removeprefix(prefix)
        name = class_name(short, singular=singular)
        if name.lower() in gone:
            # A table beside "orders" may be called "order".
            name = class_name(short)
        if name.lower() in gone and schema:
            name = class_name(f"{schema} {short}", singular=singular)
        number, candidate = 2, name
        while candidate.lower() in gone:
            candidate, number = f"{name}{number}", number + 1
        gone.add(candidate.lower())
        names[schema, table] = candidate
    return names
