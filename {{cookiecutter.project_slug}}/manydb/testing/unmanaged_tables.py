"""The tables of unmanaged models, which no migration makes, in test databases."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate

from manydb.core.entries import make_writable
from manydb.core.routing import PER_TENANT, facts, home_of, listed
from manydb.legacy.schemas import has_table, unescaped


def create_unmanaged_tables(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Creates the tables of an app's unmanaged models, as ``migrate`` starts on a test database."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    wanted = [
        model
        for model in app_config.get_models()
        if not (model._meta.managed or model._meta.proxy)
        and home_of(model) == (PER_TENANT if facts(using).get("TENANT") else using)
        and not has_table(model, connection, tables)
    ]
    if not wanted:
        return
    with connection.schema_editor() as editor:
        for model in wanted:
            with unescaped(model):
                editor.create_model(model)
        # What a foreign key points to may be a table of another app, which is made later.
        editor.deferred_sql = [sql for sql in editor.deferred_sql if "FOREIGN KEY" not in str(sql)]


def prepare() -> None:
    """Prepares the models; call it before the test databases are created."""
    for alias in listed():
        if facts(alias).get("READ_ONLY"):
            make_writable(connections.settings[alias])
            connections[alias].close()
            del connections[alias]  # made again, of what is written there now
    pre_migrate.connect(create_unmanaged_tables, dispatch_uid="create_unmanaged_tables")
