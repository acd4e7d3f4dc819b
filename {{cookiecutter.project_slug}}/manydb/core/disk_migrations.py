"""The migrations that the code brings: read once a process, and again where a test changes the settings that say which."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Set
from functools import lru_cache
from typing import Any, TypeVar

from django.core.signals import setting_changed
from django.db.migrations import RenameModel, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader

from manydb.core.conf import conf

Key = tuple[str, str]  # app label, migration name
F = TypeVar("F", bound=Callable[..., Any])

# What the migrations, and what is made of them, go by.
_SETTINGS = {"INSTALLED_APPS", "MIGRATION_MODULES", "MIGRATION_HINTS"}
_kept: list[Callable[[], None]] = []


def kept_with_migrations(maxsize: int | None = None) -> Callable[[F], F]:
    """``lru_cache(maxsize)`` for what is made of the migrations: forgotten with them."""

    def keep(function: F) -> F:
        cached: Any = lru_cache(maxsize)(function)
        _kept.append(cached.cache_clear)
        return cached  # type: ignore[no-any-return]

    return keep


def forget() -> None:
    """Reads the migrations again at their next use."""
    for clear in _kept:
        clear()


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in _SETTINGS:
        forget()


setting_changed.connect(_forget, dispatch_uid=f"{__name__}.forget")


@kept_with_migrations()
def on_disk() -> MigrationLoader:
    return MigrationLoader(None)


def data_operations(operations: Iterable[Any]) -> Iterator[RunPython | RunSQL]:
    """The operations that name no model: Django asks the router with their hints."""
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from data_operations(operation.database_operations)
        elif isinstance(operation, RunPython | RunSQL):
            yield operation


@kept_with_migrations()
def target_databases() -> frozenset[str]:
    """The aliases that operations name in their hint ``target_db``, or MIGRATION_HINTS for them."""
    hints = [
        operation.hints
        for migration in on_disk().disk_migrations.values()
        for operation in data_operations(migration.operations)
    ]
    given = [*hints, *conf.MIGRATION_HINTS.values()]
    return frozenset(hint["target_db"] for hint in given if hint.get("target_db"))


def present_name(app_label: str, name: str) -> str:
    """What a model of this name in a migration is called now, in lower case; the name itself if nothing renamed it."""
    name, names = name.lower(), _new_names()
    for _ in names:  # a name may have been given back
        if (app_label, name) not in names:
            break
        name = names[app_label, name]
    return name


@kept_with_migrations()
def _new_names() -> dict[Key, str]:
    return {
        (app_label, operation.old_name_lower): operation.new_name_lower
        for (app_label, _), migration in sorted(on_disk().disk_migrations.items())
        for operation in migration.operations
        if isinstance(operation, RenameModel)
    }


@kept_with_migrations()
def fingerprint() -> str:
    """A name for the set of all these migrations: 64 hexadecimal digits, the same on every machine."""
    names = sorted(f"{app}.{name}" for app, name in on_disk().disk_migrations)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def missing(applied: Set[Key]) -> list[Key]:
    """What a database with these migrations lacks.

    A squashed migration whose parts have all run is missing, too: Django only has to note that, and
    must, before the parts can be deleted.
    """
    migrations = on_disk().disk_migrations
    lacking = migrations.keys() - applied
    for key in applied & migrations.keys() if lacking else ():
        lacking -= set(migrations[key].replaces)
    return sorted(lacking)
