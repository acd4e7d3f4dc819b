"""Asks the admin for pages of an app and prints, as JSON, what each cost the legacy database.

Run inside a rendered and bootstrapped project, with an alias and addresses. The cost is what the server
itself says: rows that it read on PostgreSQL and MySQL, steps of its virtual machine on SQLite.
"""

import json
import sys

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

READ = {
    "postgresql": "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables",
    "mysql": "SHOW SESSION STATUS LIKE 'Handler_read%'",
}
steps = 0


def step():
    global steps
    steps += 1


def read(connection):
    """How many rows this session has read so far."""
    if connection.vendor == "sqlite":
        return steps
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.fetchall()
        cursor.execute(READ[connection.vendor])
        return sum(int(row[-1]) for row in cursor.fetchall())


def main(alias, *addresses):
    django.setup()
    settings.ALLOWED_HOSTS = ["*"]
    connection = connections[alias]
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(step, 1)
    client = Client(headers={"host": "localhost"})
    client.force_login(get_user_model().objects.create_superuser("reader"))
    report = []
    for address in addresses:
        before = read(connection)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        cost = read(connection) - before
        sql = [query["sql"] for query in queries]
        page = response.content.decode() if response.status_code == 200 else ""
        report.append({"status": response.status_code, "read": cost, "sql": sql, "page": page})
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
