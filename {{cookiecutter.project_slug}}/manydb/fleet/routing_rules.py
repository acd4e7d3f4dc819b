"""Which apps and which operations of their migrations the router allows on a database."""

from collections.abc import Sequence

from django.apps import apps
from django.db import router
from django.db.migrations import RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation, ModelOperation


def apps_here(alias: str) -> frozenset[str]:
    """Returns the labels of apps that have tables in this database."""
    labels = (app.label for app in apps.get_app_configs())
    return frozenset(label for label in labels if _has_tables(alias, label))


def runs_here(alias: str, app_label: str, operations: Sequence[Operation]) -> bool:
    """Returns whether an operation does anything in this database. Django's own operations ask the router."""
    return any(_runs_here(alias, app_label, operation) for operation in operations)


def _runs_here(alias: str, app_label: str, operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return runs_here(alias, app_label, operation.database_operations)
    if isinstance(operation, RunPython | RunSQL):
        return router.allow_migrate(alias, app_label, **operation.hints)
    if isinstance(operation, ModelOperation | FieldOperation | IndexOperation):
        return _has_tables(alias, app_label)
    return True


def _has_tables(alias: str, app_label: str) -> bool:
    # The label alone is asked for, too, because all models of the app may have been deleted since.
    models = apps.get_app_config(app_label).get_models(include_auto_created=True)
    return router.allow_migrate(alias, app_label) or any(
        router.allow_migrate_model(alias, model) for model in models
    )
