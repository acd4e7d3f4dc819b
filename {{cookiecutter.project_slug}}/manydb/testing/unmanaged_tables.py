"""The tables of unmanaged models, which no migration makes, in test databases."""

from typing import Any

from django.apps import AppConfig, apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model
from django.db.models.signals import post_migrate, pre_migrate

from manydb.core.entries import make_writable
from manydb.core.models import TenantModel
from manydb.core.routing import PER_TENANT, facts, home_of, listed
from manydb.legacy.schemas import has_table, unescaped


def create_first(app_config: AppConfig, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Creates tables of an app's unmanaged models as ``migrate`` starts on a test database.

    Those of other software are there before any migration. So is a table that a foreign key of a managed model
    points to.
    """
    create_tables(
        using, [model for model in _unmanaged(app_config, using) if _is_first(model, using)]
    )


def create_missing(app_config: AppConfig, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Creates the others once ``migrate`` is done: a migration may have made a table or a view of that name."""
    create_tables(using, _unmanaged(app_config, using))


def create_tables(using: str, models: list[type[Model]]) -> None:
    """Creates those tables that are not there."""
    if not models:
        return
    connection = connections[using]
    tables = {*connection.introspection.table_names(include_views=True)}
    wanted = [model for model in models if not has_table(model, connection, tables)]
    if not wanted:
        return
    with connection.schema_editor() as editor:
        for model in wanted:
            with unescaped(model):
                editor.create_model(model)
        # What a foreign key points to may be a table of another app, which is made later.
        editor.deferred_sql = [sql for sql in editor.deferred_sql if "FOREIGN KEY" not in str(sql)]


def _unmanaged(app_config: AppConfig, using: str) -> list[type[Model]]:
    """The app's unmanaged models that live there, but for those of a managed model's table."""
    home = PER_TENANT if facts(using).get("TENANT") else using
    managed = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and home_of(model) == home
    }
    return [
        model
        for model in app_config.get_models()
        if not (model._meta.managed or model._meta.proxy or model._meta.db_table in managed)
        and home_of(model) == home
    ]


def _is_first(model: type[Model], using: str) -> bool:
    # A package that TENANT_APPS places may make its views itself; a TenantModel says that its table is there before.
    if issubclass(model, TenantModel) or (using != "default" and not facts(using).get("TENANT")):
        return True
    return any(
        relation.related_model._meta.managed and getattr(relation.field, "db_constraint", False)
        for relation in model._meta.related_objects
    )


def prepare() -> None:
    """Prepares the models; call it before the test databases are created."""
    for alias in listed():
        if facts(alias).get("READ_ONLY"):
            make_writable(connections.settings[alias])
            connections[alias].close()
            del connections[alias]  # made again, of what is written there now
    pre_migrate.connect(create_first, dispatch_uid=f"{__name__}.create_first")
    post_migrate.connect(create_missing, dispatch_uid=f"{__name__}.create_missing")
