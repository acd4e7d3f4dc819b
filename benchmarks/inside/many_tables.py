"""Reads a database once, in one of three ways: many_tables.py WHAT ENTRY prints what that cost, as JSON."""

import ast
import io
import json
import resource
import sys
import time

import django
import manydb
from django.conf import settings


def main(what: str, entry: str) -> None:
    databases = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "attic": ast.literal_eval(entry),
    }
    settings.configure(
        USE_TZ=True,
        DATABASES=manydb.databases(databases),
        DATABASE_ROUTERS=["manydb.routers.DBRouter"],
        INSTALLED_APPS=["django.contrib.contenttypes", "manydb", "manydb.fleet", "manydb.legacy"],
    )
    django.setup()
    from django.core.management import call_command
    from django.db import connections
    from manydb.legacy.introspect import introspect
    from manydb.legacy.writing import write

    connection = connections["attic"]
    connection.ensure_connection()
    begun = time.perf_counter()
    if what == "inspectdb":
        call_command("inspectdb", "--include-views", database="attic", stdout=io.StringIO())
    elif what == "schema":
        introspect(connection, rows=False)
    else:
        write(connection, lambda *progress: None)
    seconds = time.perf_counter() - begun
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


main(*sys.argv[1:])
