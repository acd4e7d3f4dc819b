"""The operations from one set of migrations to the present one, prepared once for all tenants that have the set.

When Django migrates a database, it spends most of its time on building the models before and after each
operation. These are the same in every database that starts from the same migrations, so they are kept here
with the operations, and Django's own executor runs them.
"""

import copy
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.utils.module_loading import module_has_submodule

from manydb.core.disk_migrations import Key
from manydb.core.operations import operations_here


class Prepared:
    """An operation with the models before and after it."""

    def __init__(self, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        self._operation, self._before, self._after = operation, before, after

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Does nothing, because the states are known."""

    def database_forwards(self, app_label: str, editor: Any, *states: ProjectState) -> None:
        self._operation.database_forwards(app_label, editor, self._before, self._after)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operation, name)


class CollectingRecorder:
    """Replaces Django's recorder, to collect the migrations that it would record."""

    def __init__(self) -> None:
        self.keys: list[Key] = []

    def record_applied(self, app: str, name: str) -> None:
        self.keys.append((app, name))


@dataclass(frozen=True, slots=True)
class Steps:
    """Migrations to run, each with migrations to record before it because they do nothing in these databases."""

    run: list[tuple[list[Key], Migration]]
    recorded_last: list[Key]
    after: ProjectState


class Script:
    """The prepared operations for databases that have the migrations of ``connection``.

    Raises:
        CommandError: an app has two last migrations.
        InconsistentMigrationHistory: a migration was applied before one that it depends on.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        for app in apps.get_app_configs():  # where apps connect their receivers
            if module_has_submodule(app.module, "management"):
                import_module(".management", app.name)
        self._alias = connection.alias
        self._executor = executor = MigrationExecutor(connection)
        self.loader = executor.loader
        self.loader.check_consistent_history(connection)
        if conflicts := self.loader.detect_conflicts():
            raise CommandError(
                f"Conflicting migrations in {', '.join(sorted(conflicts))}: "
                "run python manage.py makemigrations --merge."
            )
        last = self.loader.graph.leaf_nodes()
        self.plan = executor.migration_plan(last)
        wanted = {migration for migration, _ in self.plan}
        in_order = executor.migration_plan(last, clean_start=True)
        self._migrations = [migration for migration, _ in in_order if migration in wanted]

    @cached_property
    def state(self) -> ProjectState:
        """Returns the models as these databases have them now."""
        nodes = [key for key in self.loader.applied_migrations if key in self.loader.graph.nodes]
        if not nodes:
            return ProjectState(real_apps=self.loader.unmigrated_apps)
        return self.loader.project_state(nodes)

    @cached_property
    def steps(self) -> Steps:
        """Returns what to run, in order. Receivers of pre_migrate may add to ``plan`` before."""
        state = self.state.clone()
        run: list[tuple[list[Key], Migration]] = []
        recorder = CollectingRecorder()
        for migration in self._migrations:
            if operations_here(self._alias, migration):
                run.append((recorder.keys, _prepared(migration, state)))
                recorder = CollectingRecorder()
            else:
                migration.mutate_state(state, preserve=False)
                self._executor.recorder = recorder  # type: ignore[assignment]
                self._executor.apply_migration(state, migration, fake=True)
        return Steps(run, recorder.keys, state)

    @cached_property
    def apps_after(self) -> StateApps:
        """Returns the models after the last migration, as Django's command gives them to receivers of post_migrate."""
        state = self.steps.after
        state.clear_delayed_apps_cache()
        models = state.apps
        # Those of apps without migrations now get their relations, too.
        real = [(each.app_label, each.name_lower) for each in models.real_models]
        with models.bulk_update():
            for key in real:
                models.unregister_model(*key)
        models.render_multiple([ModelState.from_model(apps.get_model(*key)) for key in real])
        return models


def _prepared(migration: Migration, state: ProjectState) -> Migration:
    """Returns the migration with prepared operations. Changes ``state`` to what it is after the migration."""
    state.apps  # noqa: B018  builds all models once; each operation then rebuilds those that it changes
    operations = []
    before = state.clone()
    for operation in migration.operations:
        operation.state_forwards(migration.app_label, state)
        after = state.clone()
        operations.append(Prepared(operation, before, after))
        before = after
    prepared = copy.copy(migration)
    prepared.operations = operations  # type: ignore[assignment, misc]
    return prepared
