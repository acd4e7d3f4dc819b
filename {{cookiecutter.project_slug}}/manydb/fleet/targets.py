"""One app, and how far it is migrated: ``migrate_databases shop 0003``, forwards or back."""

from typing import Any, NamedTuple

from django.apps import apps
from django.core.management.base import CommandError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import AmbiguityError

from manydb.core.direct import passing
from manydb.core.disk_migrations import Key, on_disk


class Target(NamedTuple):
    """An app's migration, ``zero`` for before the first one, or "" for the last. ``fake``: it is only recorded."""

    app: str
    migration: str = ""
    fake: bool = False

    @property
    def nodes(self) -> list[tuple[str, str | None]]:
        """What Django's executor is given."""
        if not self.migration:
            return [*on_disk().graph.leaf_nodes(self.app)]
        return [(self.app, None if self.migration == "zero" else self.migration)]

    @property
    def options(self) -> dict[str, Any]:
        """What Django's command is given."""
        named = {"migration_name": self.migration} if self.migration else {}
        return {"app_label": self.app, "fake": self.fake, **named}


def target_of(app: str | None, migration: str | None, fake: bool) -> Target | None:
    """Returns the target that a command line names; None if it names no app.

    Raises:
        CommandError: there is no such app or migration, or ``fake`` stands alone.
    """
    if app is None:
        if fake:
            raise CommandError(
                "--fake records migrations that did not run. Name the app: APP MIGRATION --fake."
            )
        return None
    labels = {config.label for config in apps.get_app_configs()} & on_disk().migrated_apps
    if app not in labels:
        raise CommandError(
            f"{app!r} is not an app with migrations. Use one of {', '.join(sorted(labels))}."
        )
    if migration in (None, "", "zero"):
        return Target(app, migration or "", fake)
    try:
        found = on_disk().get_migration_by_prefix(app, migration)
    except (KeyError, AmbiguityError):
        names = sorted(name for label, name in on_disk().disk_migrations if label == app)
        raise CommandError(
            f"{app} has no single migration {migration!r}. Use one of {', '.join(names)} or zero."
        ) from None
    return Target(app, found.name, fake)


def steps_to(connection: BaseDatabaseWrapper, target: Target) -> tuple[list[Key], bool]:
    """Returns the migrations between a database and the target, and whether they are taken back."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(target.nodes)
    return [(each.app_label, each.name) for each, _ in plan], any(back for _, back in plan)


def steps_of(alias: str, target: Target) -> tuple[list[Key], bool]:
    """``steps_to`` over the connection of an alias, which is left as it was."""
    with passing(alias):
        return steps_to(connections[alias], target)
