"""Counts what is wrong with the models of an app whose label is its alias, whoever wrote them: JSON."""

import datetime
import decimal
import json
import sys
import uuid
import warnings

import django
from django.apps import apps
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import connections, models, transaction

ROWS = 1000
KINDS = {
    models.BooleanField: bool,
    models.DateTimeField: datetime.datetime,
    models.DateField: datetime.date,
    models.TimeField: datetime.time,
    models.DurationField: datetime.timedelta,
    models.DecimalField: decimal.Decimal,
    models.FloatField: float,
    models.IntegerField: int,
    models.UUIDField: uuid.UUID,
    models.BinaryField: (bytes, memoryview),
    models.TextField: str,
    models.CharField: str,
}
TABLES = {
    "sqlite": "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite!_%' escape '!'",
    "mysql": "select table_name from information_schema.tables where table_schema = database()",
    "postgresql": "select relname from pg_class where relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition"
    " and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')",
}
EXACT = {
    "sqlite": "typeof({0}) || case typeof({0}) when 'text' then hex({0}) else quote({0}) end",
    "mysql": "hex(cast({0} as binary))",
    "postgresql": "cast({0} as text)",
}


def main(alias):
    warnings.simplefilter("ignore")  # models of the same name, and settings read before their apps
    try:
        django.setup()
    except Exception as error:
        return {"broken": f"{type(error).__name__}", "tables": tables_of_the_file(alias)}
    connection = connections[alias]
    app = apps.get_app_config(alias)
    found = checks.run_checks(app_configs=[app], databases=[alias])
    counts = {"models": 0, "errors": sum(it.level >= checks.ERROR for it in found)}
    counts |= {"unread": 0, "types": 0, "invalid": 0, "changed": 0}
    with connection.cursor() as cursor:
        cursor.execute(TABLES[connection.vendor])
        counts["tables"] = len(cursor.fetchall())
    for model in app.get_models():
        counts["models"] += 1
        try:
            with transaction.atomic(using=alias):
                model._default_manager.using(alias).first()
                rows = list(model._default_manager.using(alias).order_by()[:ROWS])
        except Exception:
            counts["unread"] += 1
            continue
        counts["types"] += sum(
            is_of_another_type(field, rows) for field in model._meta.concrete_fields
        )
        counts["invalid"] += not all(map(is_valid, rows))
        counts["changed"] += is_changed(connection, model, rows)
    return counts


def tables_of_the_file(alias):
    """Of a database whose models do not import: the settings alone do."""
    from django.conf import settings
    from django.db.utils import ConnectionHandler

    connection = ConnectionHandler({"default": {}, alias: settings.DATABASES[alias]})[alias]
    with connection.cursor() as cursor:
        cursor.execute(TABLES[connection.vendor])
        return len(cursor.fetchall())


def is_of_another_type(field, rows):
    kept = field
    while kept.is_relation:
        kept = kept.target_field
    kept = getattr(kept, "output_field", kept)
    expected = next((kind for base, kind in KINDS.items() if isinstance(kept, base)), object)
    values = [getattr(row, field.attname) for row in rows]
    return any(value is not None and not isinstance(value, expected) for value in values)


def is_valid(row):
    relations = [field.name for field in row._meta.fields if field.is_relation]
    try:
        row.clean_fields(exclude=relations)
    except ValidationError:
        return False
    return True


def is_changed(connection, model, rows):
    with transaction.atomic(using=connection.alias):
        before = stored(connection, model)
        for row in rows:
            try:
                with transaction.atomic(using=connection.alias):
                    row.save(using=connection.alias)
            except Exception:  # refused, and so not changed
                continue
        after = stored(connection, model)
        transaction.set_rollback(True, using=connection.alias)
    return before != after


def stored(connection, model):
    """Every value of the table as the server itself spells it."""
    table = connection.ops.quote_name(model._meta.db_table.replace("%%", "%"))
    with connection.cursor() as cursor:
        cursor.execute(f"select * from {table} limit 0")
        names = [connection.ops.quote_name(column[0]) for column in cursor.description]
        exact = ", ".join(EXACT[connection.vendor].format(name) for name in names)
        cursor.execute(f"select {exact} from {table}")
        return sorted(map(repr, cursor.fetchall()))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
