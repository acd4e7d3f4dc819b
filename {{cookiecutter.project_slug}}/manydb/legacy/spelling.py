"""Names of tables and columns as models spell them: SQL of Django's is a format, so ``%`` is ``%%`` there."""

from typing import Any

from django.db import models

from manydb.legacy.tables import Name


def spelled(name: str) -> str:
    """A name of the database, for a model."""
    return name.replace("%", "%%")


def column_of(field: Any) -> str:
    """What the database calls a field's column."""
    return str(field.column).replace("%%", "%")


def table_of(model: type[models.Model]) -> str:
    """What SQL calls a model's table; in another schema than the search path's, both in quotes."""
    return model._meta.db_table.replace("%%", "%")


def place(model: type[models.Model]) -> Name:
    """The schema, empty for the search path's, and the table of a model."""
    name = table_of(model)
    if name.startswith('"') and '"."' in name:
        schema, _, table = name[1:-1].partition('"."')
        return schema, table
    return "", name
