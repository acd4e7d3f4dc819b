"""The migrations that the code brings: read once a process, for they don't change while it runs."""

import hashlib
from collections.abc import Set
from functools import cache

from django.db.migrations.loader import MigrationLoader

Key = tuple[str, str]  # app label, migration name


@cache
def on_disk() -> MigrationLoader:
    return MigrationLoader(None)


@cache
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
