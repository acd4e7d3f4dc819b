"""``manage.py createcachetable``: Django's own, but for databases that are only read, and for migrations.

A package's migration may run it, and names no database. Where the database that is migrated has no such table, it is made
where it belongs.
"""

from typing import Any

from django.core.management.commands import createcachetable

from manydb.core.command_rules import home_of_cache_table
from manydb.core.migrating import migrated_alias
from manydb.core.read_only import RefusesReadOnly


class Command(RefusesReadOnly, createcachetable.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        if migrated_alias() and (home := home_of_cache_table(options["database"])):
            options["database"] = home
        return super().handle(*args, **options)
