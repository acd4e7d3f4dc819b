"""The table of cases: what work for one tenant may do, and must not, wherever it is done."""

import os
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections, transaction
from manydb.tenants import context

from .models import Entry

PROJECT = os.environ["LIVE_PROJECT"]

TENANTS = ("acme", "globex")


def other() -> str:
    return next(name for name in TENANTS if name != context.current_tenant())


def theirs() -> Entry:
    with context.tenant_context(other()):
        return Entry.objects.get()


def their_rows() -> Any:
    with context.tenant_context(other()):
        return Entry.objects.all()


def write_and_roll_back() -> list[int]:
    """How many rows there are in a transaction, and after it has failed."""
    counts = []
    try:
        with context.tenant_atomic():
            Entry.objects.create(text="for a moment")
            counts.append(Entry.objects.count())
            raise KeyError
    except KeyError:
        return [*counts, Entry.objects.count()]


def made_for_them() -> None:
    with context.tenant_context(other()):
        entry = Entry(None, "theirs")
    entry.save()


def after_commit() -> list[str]:
    """Who is active in what was asked for here and is done when another tenant's block commits."""
    seen: list[str] = []
    ours = context.current_tenant()
    with context.tenant_context(other()), transaction.atomic(), context.tenant_context(ours):
        transaction.on_commit(lambda: seen.append(context.current_tenant()))
    return seen


def raw_cursor() -> None:
    with connections[other().upper()].cursor() as cursor:
        cursor.execute("SELECT text FROM tenant_cases_entry")


def their_row_saved() -> None:
    entry = theirs()
    entry.text = "changed"
    entry.save()


def keep(value: str | None) -> str | None:
    with context.tenant_context(other()):
        cache.set("kept", "theirs")
    cache.set("kept", value)
    with context.tenant_context(other()):
        cache.set("kept", "theirs")
    found: str | None = cache.get("kept")
    return found


def store(value: str) -> str:
    default_storage.delete("stored.txt")
    name = default_storage.save("stored.txt", ContentFile(value))
    with context.tenant_context(other()):
        default_storage.delete(name)
    with default_storage.open(name) as file:
        return str(file.read().decode())


CASES: dict[str, Callable[[], Any]] = {
    "who": lambda: context.current_tenant(),
    "rows": lambda: [entry.text for entry in Entry.objects.all()],
    "write and roll back": write_and_roll_back,
    "their row": their_row_saved,
    "their rows": lambda: list(their_rows()),
    "their rows within ours": lambda: list(Entry.objects.filter(pk__in=their_rows())),
    "what was made for them": made_for_them,
    "a copy of theirs": lambda: Entry.objects.bulk_create([theirs()]),
    "their database": lambda: Entry.objects.using(other().upper()).count(),
    "a raw cursor": raw_cursor,
    "after a commit": after_commit,
    "the cache": lambda: keep(context.current_tenant()),
    "a file": lambda: store(context.current_tenant()),
}


def answer(case: str) -> Any:
    """What comes of a case, or the name of the error that refuses it."""
    try:
        return CASES[case]()
    except Exception as error:
        return type(error).__name__


def answers() -> dict[str, Any]:
    return {case: answer(case) for case in CASES}


def seed() -> None:
    for name in TENANTS:
        with context.tenant_context(name):
            Entry.objects.all().delete()
            Entry.objects.create(text=name)
