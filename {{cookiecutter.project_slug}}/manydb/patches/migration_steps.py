"""A block around each migration that is applied or unapplied, by any command or package.

``migrate``, ``sqlmigrate``, ``migrate_databases``, the test runner and packages that test migrations all call
``Migration.apply()`` and ``unapply()``. Signals come before the first migration and after the last one, and a router is asked
for each operation without seeing it. No ticket known.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from django.db.migrations import Migration

from manydb.patches import Patch, takes, uses

Enter = Callable[[Migration, str], AbstractContextManager[None]]


def surround_migrations(enter: Enter) -> None:
    """Has ``enter(migration, alias)`` entered around each migration, forwards and backwards."""
    for name in ("apply", "unapply"):
        method = getattr(Migration, name)
        setattr(Migration, name, _inside(vars(method).get("surrounds", method), enter))


def _inside(method: Callable[..., Any], enter: Enter) -> Callable[..., Any]:
    @wraps(method)
    def step(
        self: Migration, project_state: Any, schema_editor: Any, *args: Any, **more: Any
    ) -> Any:
        with enter(self, schema_editor.connection.alias):
            return method(self, project_state, schema_editor, *args, **more)

    vars(step)["surrounds"] = method  # for when apps are made ready again, as tests do
    return step


def _expects() -> None:
    for method in (Migration.apply, Migration.unapply):
        takes(method, "self", "project_state", "schema_editor", "collect_sql=False")
    # What calls them is loaded by commands; a server needs neither.
    if executor := sys.modules.get("django.db.migrations.executor"):
        uses(executor.MigrationExecutor.apply_migration, "apply")
        uses(executor.MigrationExecutor.unapply_migration, "unapply")
    if loader := sys.modules.get("django.db.migrations.loader"):
        uses(loader.MigrationLoader.collect_sql, "apply", "unapply")


PATCH = Patch("migration_steps", tried=("5.2", "6.1"), expects=_expects)
