"""Saves every row of an app unchanged under many time zones, and prints those under which something moved.

Run inside a rendered project, with the app's label, which is its alias, too. Zones are those of the
settings and of the alias; the second had twice the same hour, and an hour that never was.
"""

import itertools
import json
import sys

import adopted  # the probe beside this one
import django
from django.apps import apps
from django.db import connections, transaction
from django.test.utils import override_settings
from django.utils import timezone

SETTINGS = ("UTC", "Europe/Berlin", "Pacific/Chatham")
ALIAS = (None, "Europe/Berlin", "America/St_Johns")


def main(app):
    django.setup()
    connection = connections[app]
    moved, saved = [], 0
    for zone, own, aware in itertools.product(SETTINGS, ALIAS, (True, False)):
        connection.close()
        connection.settings_dict["TIME_ZONE"] = own if aware else None
        with override_settings(TIME_ZONE=zone, USE_TZ=aware), timezone.override(zone):
            for name in ("timezone", "timezone_name"):
                vars(connection).pop(name, None)
            for model in apps.get_app_config(app).get_models():
                saved += resave(connection, model, moved, [zone, own, aware])
    print(json.dumps({"moved": moved, "saved": saved}))


def resave(connection, model, moved, case):
    connection.ensure_connection()
    table = connection.ops.quote_name(model._meta.db_table)
    saved = 0
    with transaction.atomic(using=connection.alias):
        before = adopted.rows_of(connection, table)
        for row in model.objects.all():
            try:
                row.save()
                saved += 1
            except django.db.DatabaseError as error:
                assert type(error).__name__ == "ReadOnlyTable", error
        if adopted.rows_of(connection, table) != before:
            moved.append([model.__name__, *case])
        transaction.set_rollback(True, using=connection.alias)
    return saved


if __name__ == "__main__":
    main(sys.argv[1])
