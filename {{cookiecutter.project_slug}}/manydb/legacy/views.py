"""A view of adopted rows in the project's own database, where one server has both: queries join it as any table."""

from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation, OperationCategory

from manydb.core.routing import home_of
from manydb.legacy.spelling import column_of, place, table_of
from manydb.patches.server_cursors import is_test_database

# What must be the same of both databases for one statement to reach them.
_SHARED = {"mysql": ("HOST", "PORT"), "postgresql": ("HOST", "PORT", "NAME")}
_WHERE = {"mysql": "server", "postgresql": "server and in one database"}


class LegacyView(Operation):
    """Makes the view of an unmanaged model, with the columns of its fields, of the table of a legacy model.

    Test databases, and those of SQLite, whose files are apart, get an empty table instead.
    """

    category = OperationCategory.ADDITION

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "source": self.source}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The model is in the state already: its own migration has put it there."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        connection = schema_editor.connection
        model = to_state.apps.get_model(app_label, self.name)
        if not self._belongs_to(connection.alias, app_label):
            return
        if _stands_in(connection):
            schema_editor.create_model(model)
            return
        quote = connection.ops.quote_name
        columns = ", ".join(quote(column_of(field)) for field in model._meta.local_concrete_fields)
        rows = _rows(connection, apps.get_model(self.source))
        schema_editor.execute(
            f"CREATE VIEW {quote(table_of(model))} AS SELECT {columns} FROM {rows}",  # noqa: S608  names are quoted
            params=None,
        )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        connection = schema_editor.connection
        model = from_state.apps.get_model(app_label, self.name)
        if not self._belongs_to(connection.alias, app_label):
            return
        kind = "TABLE" if _stands_in(connection) else "VIEW"
        name = connection.ops.quote_name(table_of(model))
        schema_editor.execute(f"DROP {kind} {name}", params=None)

    def _belongs_to(self, alias: str, app_label: str) -> bool:
        # Not by model_name: nothing migrates the table of an unmanaged model.
        return router.allow_migrate(alias, app_label, model=f"{app_label}.{self.name}")

    def describe(self) -> str:
        return f"Make a view of {self.source} for model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name.lower()}_view"


def _stands_in(connection: BaseDatabaseWrapper) -> bool:
    return connection.vendor == "sqlite" or is_test_database(connection)


def _rows(connection: BaseDatabaseWrapper, source: Any) -> str:
    """The name by which one database knows a table of the other.

    Raises:
        ImproperlyConfigured: it knows none.
    """
    alias = home_of(source)
    there = connections[alias or ""]
    vendor, quote = connection.vendor, connection.ops.quote_name
    mine, its = connection.settings_dict, there.settings_dict
    if vendor != there.vendor or any(mine[key] != its[key] for key in _SHARED[vendor]):
        raise ImproperlyConfigured(
            f"{alias} and {connection.alias} are not on one {_WHERE[vendor]}, so no view of {source._meta.label} "
            "can be made. Remove LegacyView, and keep a DatabaseReference to its rows."
        )
    schema, table = place(source)
    if vendor == "mysql":
        return f"{quote(its['NAME'])}.{quote(table)}"
    if not schema:
        with there.cursor() as cursor:
            cursor.execute(
                "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(%s)",
                [quote(table)],
            )
            found = cursor.fetchone()
        return f"{found[0] if found else 'public'}.{quote(table)}"  # regnamespace quotes it
    return f"{quote(schema)}.{quote(table)}"
