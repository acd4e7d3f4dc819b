"""Which operations of a migration run in which database, and which can't be told to run in any.

Operations on a model run where it lives. ``RunPython`` and ``RunSQL`` run where the models of their app live, or where
a hint says: ``model`` names a model and ``target_db``, as in Django's documentation, an alias. One whose database
can't be told is refused before its migration begins, for Django would note the migration as applied everywhere.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connections, router
from django.db.migrations import (
    AlterModelManagers,
    AlterModelOptions,
    Migration,
    RenameModel,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation, ModelOperation

from manydb.core.conf import conf
from manydb.core.disk_migrations import data_operations
from manydb.core.exceptions import DatabaseRequired, UnknownDatabase
from manydb.core.guards import no_writes
from manydb.core.migrated_aliases import is_migrated
from manydb.core.migrating import hint, migrating
from manydb.core.routing import PER_TENANT, facts, home_of, listed, model_now, primary_of
from manydb.core.rules import homes_of_operation

_CONTENT_TYPE = "contenttypes.ContentType"


def settle(migration: Migration) -> None:
    """Makes sure that each operation of a migration has a database.

    Raises:
        DatabaseRequired: one needs a hint, or would write where nothing may be written.
        UnknownDatabase: a hint names an alias, an app or a model that the project does not have.
    """
    for operation in data_operations(migration.operations):
        what = f"{migration}: {type(operation).__name__}"
        if given := conf.MIGRATION_HINTS.get(str(migration)):
            operation.hints = {**given, **operation.hints}
        if _renames_a_content_type(operation):  # it does not live where the renamed model lives
            operation.hints = {"model": _CONTENT_TYPE, **operation.hints}
        if alias := operation.hints.get("target_db"):
            _refuse_target(what, alias)
        elif _does_something(operation):
            _refuse_homes(what, migration.app_label, operation.hints)


@contextmanager
def one_migration(migration: Migration, alias: str) -> Iterator[None]:
    """The block in which a migration is applied, or unapplied. Raises what ``settle`` raises."""
    settle(migration)
    with migrating(alias, migration):
        yield


def operations_here(alias: str, migration: Migration) -> list[Operation]:
    """The operations of a migration that do something in this database. Raises what ``settle`` raises."""
    settle(migration)
    return [each for each in migration.operations if _runs(alias, migration.app_label, each)]


def apps_here(alias: str) -> frozenset[str]:
    """The labels of apps that have tables in this database."""
    labels = (app.label for app in apps.get_app_configs())
    return frozenset(label for label in labels if _has_tables(alias, label))


def _runs(alias: str, app_label: str, operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return any(_runs(alias, app_label, each) for each in operation.database_operations)
    if isinstance(operation, RunPython | RunSQL):
        here = router.allow_migrate(alias, app_label, **operation.hints)
        return bool(here) and _does_something(operation)
    if isinstance(operation, AlterModelOptions | AlterModelManagers):
        return False  # they are for Django only
    if isinstance(operation, ModelOperation | FieldOperation | IndexOperation):
        model = model_now(app_label, _model_name(operation))
        if model is None:  # deleted since
            return _has_tables(alias, app_label)
        return bool(router.allow_migrate_model(alias, model))
    return True


def _model_name(operation: Any) -> str:
    """The name of the model for which Django asks the router."""
    if isinstance(operation, RenameModel):
        return str(operation.new_name)
    return str(getattr(operation, "model_name", None) or operation.name)


def _has_tables(alias: str, app_label: str) -> bool:
    # The label alone is asked for, too, because all models of the app may have been deleted since.
    models = apps.get_app_config(app_label).get_models(include_auto_created=True)
    return router.allow_migrate(alias, app_label) or any(
        router.allow_migrate_model(alias, model) for model in models
    )


def _renames_a_content_type(operation: Operation) -> bool:
    """Whether it is the operation that contenttypes adds after each ``RenameModel``."""
    if not apps.is_installed("django.contrib.contenttypes"):
        return False
    from django.contrib.contenttypes.management import RenameContentType

    return isinstance(operation, RenameContentType)


def _does_something(operation: RunPython | RunSQL) -> bool:
    if isinstance(operation, RunSQL):
        return bool(operation.sql or operation.reverse_sql)
    return any(
        code not in (None, RunPython.noop) for code in (operation.code, operation.reverse_code)
    )


def _refuse_target(what: str, alias: str) -> None:
    named = f"{what} has {hint('target_db', alias)}"
    if alias not in connections.settings:
        primaries = ", ".join(each for each in listed() if primary_of(each) == each)
        raise UnknownDatabase(f"{named}, but DATABASES has no such alias: use one of {primaries}.")
    if facts(alias).get("REPLICA_OF"):
        raise UnknownDatabase(
            f'{named}, which is a replica: name its primary, "{primary_of(alias)}".'
        )
    if refusal := no_writes(alias, facts(alias)):
        raise DatabaseRequired(f"{what}: {refusal}")


def _refuse_homes(what: str, app_label: str, hints: Mapping[str, Any]) -> None:
    wanted = hints.get("model")
    label = wanted.partition(".")[0] if isinstance(wanted, str) else app_label
    if label not in apps.app_configs:
        if wanted is None:
            return  # a migration that was made in memory, of no app of this project
        raise UnknownDatabase(
            f"{what} has {hint('model', wanted)}, and this project has no app {label!r}: "
            'name a model as "<app>.<Model>".'
        )
    homes = homes_of_operation(app_label, hints)
    if len(homes) > 1:
        if named := wanted or hints.get("model_name"):
            key = "model" if wanted else "model_name"
            raise UnknownDatabase(
                f"{what} has {hint(key, named)}, and {label} has no such model. Write {_examples(label)}."
            )
        raise DatabaseRequired(
            f"{what} may be for several databases, because {label} has models in each of them. "
            f"Add {_examples(label)}."
        )
    (home,) = homes
    if home == PER_TENANT or not facts(home) or is_migrated(home):
        return
    if refusal := no_writes(home, facts(home)):
        raise DatabaseRequired(f"{what}: {refusal}")
    raise DatabaseRequired(
        f'{what} is for "{home}", where no migration runs, because it has no managed model. '
        f"Add {hint('target_db', home)}, and migrate_databases runs it there."
    )


def _examples(app_label: str) -> str:
    """One hint for each database of the app's models."""
    models: dict[str, str] = {}
    for model in apps.get_app_config(app_label).get_models():
        if not model._meta.proxy:
            models.setdefault(home_of(model), model._meta.label)
    return " or ".join(
        f"{hint('model', label)} to run it in {name_of(home)}" for home, label in models.items()
    )


def name_of(home: str) -> str:
    """A home as errors name it."""
    return "each tenant's database" if home == PER_TENANT else f'"{home}"'
