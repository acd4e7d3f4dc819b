"""Saves every row of an app's models unchanged, in a transaction that is rolled back; prints what came of it.

Run inside a rendered project, with the app's label: the result is JSON, empty lists are what is wanted.
"""

import json
import sys

import django
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction

TEXT = {
    "sqlite": "typeof({0}) || CASE typeof({0}) WHEN 'text' THEN hex({0}) ELSE quote({0}) END",
    "mysql": "hex(cast({0} as binary))",
    "postgresql": "cast({0} as text)",
}


def rows_of(connection, table):
    """Every value of a table as the server itself spells it."""
    with connection.cursor() as cursor:
        cursor.execute(f"select * from {table} limit 0")
        quoted = [connection.ops.quote_name(column[0]) for column in cursor.description]
        cursor.execute(
            f"select {', '.join(TEXT[connection.vendor].format(name) for name in quoted)} from {table}"
        )
        return sorted(map(repr, cursor.fetchall()))


def kind(model, field, rows):
    return sorted({type(getattr(row, field.attname)).__name__ for row in rows})


def main(app):
    django.setup()
    call_command("check", app, verbosity=0)
    result = {"invalid": [], "refused": [], "changed": [], "types": {}, "fields": {}}
    for model in apps.get_app_config(app).get_models():
        name, alias = model.__name__, model._DATABASE
        connection = connections[alias]
        connection.ensure_connection()
        table = connection.ops.quote_name(model._meta.db_table.replace("%%", "%"))
        with transaction.atomic(using=alias):
            before = rows_of(connection, table)
            model.objects.using(alias).first()
            rows = list(model.objects.using(alias))
            for row in rows:
                try:
                    row.full_clean()
                except Exception as error:
                    result["invalid"].append(f"{name}: {error}")
                try:
                    with transaction.atomic(using=alias):
                        row.save()
                except DatabaseError as error:
                    result["refused"].append(f"{name}: {type(error).__name__}")
            if rows_of(connection, table) != before:
                result["changed"].append(name)
            transaction.set_rollback(True, using=alias)
        for field in model._meta.fields:
            path = f"{name}.{field.name}"
            target = [field.related_model.__name__] if field.is_relation else []
            result["fields"][path] = " ".join([type(field).__name__, *target])
            if field.concrete:
                result["types"][path] = kind(model, field, rows)
    result["labels"] = [model.__name__ for model in apps.get_app_config(app).get_models()]
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1])
