"""The unmanaged models describe the legacy tables as they are: nothing but this keeps them so."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TestCase, skipUnlessDBFeature

from .scratch import legacy_database
from .tenant import DB


def legacy_tables() -> Iterator[tuple[BaseDatabaseWrapper, type[models.Model]]]:
    """Every unmanaged model, with a database that has its table as the old system made it."""
    for app, alias in [("accounts", "accounts"), ("conferences", DB)]:
        with legacy_database(app, like=alias) as connection:
            for model in apps.get_app_config(app).get_models():
                if not model._meta.managed:
                    yield connection, model


class ModelsFitTheLegacyTables(TestCase):
    databases = {"default", "accounts", DB}

    def test_columns_nulls_and_lengths_are_the_tables(self) -> None:
        for legacy, model in legacy_tables():
            with self.subTest(model._meta.label):
                self.assertEqual(described(model), in_database(legacy, model._meta.db_table))

    def test_keys_are_the_tables(self) -> None:
        for legacy, model in legacy_tables():
            with self.subTest(model._meta.label), legacy.cursor() as cursor:
                table = model._meta.db_table
                key = legacy.introspection.get_primary_key_columns(cursor, table)
                self.assertEqual([field.column for field in model._meta.pk_fields], key)

    def test_every_row_reads_valid_and_writes_back_unchanged(self) -> None:
        for _, model in legacy_tables():
            rows = model._default_manager.using("LEGACY")
            with self.subTest(model._meta.label):
                self.assertTrue(rows.exists(), "the sample has no row")
                for row in rows.all():
                    row.clean_fields()
                    row.save(force_update=True)
                    self.assertEqual(values(row), values(rows.get(pk=row.pk)))


@skipUnlessDBFeature("supports_partial_indexes")  # MySQL and MariaDB have none
class ConditionalIndex(TestCase):
    databases = {"default", DB}

    def test_upcoming_conferences_are_found_by_the_index_of_those_with_a_date(self) -> None:
        with legacy_database("conferences", like=DB) as legacy:
            if legacy.vendor == "postgresql":  # so few rows are read faster without an index
                with legacy.cursor() as cursor:
                    cursor.execute("SET enable_seqscan = off")
            conferences = apps.get_model("conferences", "Conference").objects.using("LEGACY")
            plan = conferences.upcoming().explain()
        self.assertIn("confrnce_date", plan)


def described(model: type[models.Model]) -> dict[str, tuple[bool, int | None]]:
    """Column: whether it may be null, and the length of its text."""
    fields = model._meta.local_concrete_fields
    return {str(field.column): (field.null, length(field)) for field in fields}


def length(field: models.Field) -> int | None:
    if isinstance(field, models.ForeignKey):
        field = field.target_field
    return field.max_length if isinstance(field, models.CharField) else None


def in_database(connection: BaseDatabaseWrapper, table: str) -> dict[str, tuple[bool, int | None]]:
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, table)
    kind = connection.introspection.get_field_type
    return {
        column.name: (
            bool(column.null_ok),
            column.display_size if kind(column.type_code, column) == "CharField" else None,
        )
        for column in columns
    }


def values(row: models.Model) -> list[object]:
    return [getattr(row, field.attname) for field in row._meta.local_concrete_fields]
