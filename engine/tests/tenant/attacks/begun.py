"""Attacks by rows that were fetched, or begun to be read, and by raw querysets."""

import pickle
from collections.abc import AsyncIterator, Iterator
from typing import Any

from engine.site.notes.models import Folder, Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.tenants.context import no_tenant, tenant_context

from . import KEY, Attack, Use, attacks

SQL = "SELECT * FROM notes_note ORDER BY id"


def fetched_of_a_module() -> Any:
    """A queryset that was made where no tenant was active, as a module's is, and that the other one has evaluated."""
    with no_tenant():
        rows = Note.objects.order_by("pk")
    list(rows)
    return rows


FETCHED: dict[str, Use] = {
    "list": list,
    "len": len,
    "bool": bool,
    "an item": lambda rows: rows[0],
    "count": lambda rows: rows.count(),
    "first of what is kept": lambda rows: rows.first(),
    "pickled": pickle.dumps,
}

# What yields rows: begun for them, and asked for the next one by us.
BEGUN: dict[str, Any] = {
    "for": lambda: iter(Note.objects.all()),
    "iterator": lambda: Note.objects.iterator(),
    "iterator by chunks": lambda: Note.objects.iterator(chunk_size=1),
    "iterator with prefetched": lambda: Note.objects.prefetch_related("tags").iterator(10),
    "values": lambda: iter(Note.objects.values("text")),
    "values_list": lambda: Note.objects.values_list("text", flat=True).iterator(),
    "raw": lambda: iter(Note.objects.raw(SQL)),
    "raw iterator": lambda: Note.objects.raw(SQL).iterator(),
    "raw of their database": lambda: Note.objects.raw(SQL).using(OTHER_ALIAS).iterator(),
    "Django's own manager": lambda: Note._base_manager.iterator(),
    "a relation": lambda: Folder.objects.get(pk=KEY).notes.iterator(),
}
BEGUN_ASYNC: dict[str, Any] = {
    "async for": lambda: aiter(Note.objects.all()),
    "aiterator": lambda: Note.objects.aiterator(),
    "aiterator of values": lambda: Note.objects.values("text").aiterator(),
    "raw": lambda: aiter(Note.objects.raw(SQL)),
}


def _begun(begin: Any) -> Iterator[Any]:
    rows: Iterator[Any] = begin()
    next(rows)
    return rows


async def _begun_by_them(begin: Any) -> Any:
    with tenant_context(OTHER_TENANT):
        rows = begin()
        await anext(rows)
    return await anext(rows)


async def _next_of(rows: AsyncIterator[Any]) -> Any:
    return await anext(rows)


def _rows_begun() -> list[Attack]:
    found = []
    for name, begin in BEGUN.items():
        found.append(Attack(f"begun: {name}", lambda begin=begin: _begun(begin), next))
        found.append(Attack(f"made to begin: {name}", begin, next))
    for name, begin in BEGUN_ASYNC.items():
        found.append(Attack(f"begun: {name}, async", lambda begin=begin: begin, _begun_by_them))
        found.append(Attack(f"made to begin: {name}, async", begin, _next_of))
    return found


RAW: dict[str, Use] = {
    "list": list,
    "len": len,
    "an item": lambda rows: rows[0],
    "in our database": lambda rows: list(rows.using(OTHER_ALIAS)),
}


def _fetched_raw() -> Any:
    rows = Note.objects.raw(SQL)
    len(rows)
    return rows


TABLE: list[Attack] = [
    *attacks("fetched queryset", fetched_of_a_module, FETCHED),
    *_rows_begun(),
    *attacks(
        "raw queryset", lambda: Note.objects.raw(SQL), {"list": list, "an item": RAW["an item"]}
    ),
    *attacks("fetched raw queryset", _fetched_raw, RAW),
]
