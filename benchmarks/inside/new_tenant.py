"""Makes tenants by ``create``, with spares and without, and, in turns, by migrating an empty database:
``new_tenant.py ROUNDS``."""

import json
import statistics
import sys
import time
from io import StringIO

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import override_settings  # noqa: E402
from manydb.legacy.samples import create_tables  # noqa: E402
from manydb.tenants.lifecycle import creation, tenant_names  # noqa: E402
from manydb.tenants.lifecycle.spares import prepare  # noqa: E402
from manydb.tenants.lifecycle.tenant_database import TenantDatabase  # noqa: E402
from manydb.tenants.models import Tenant  # noqa: E402


def create(name: str, spares: int) -> float:
    """A new tenant, from the name that somebody chose to the row that says it is ready."""
    override_settings(TENANT_SPARES=spares).enable()
    prepare()
    began = time.perf_counter()
    creation.create(name)
    return time.perf_counter() - began


def migrate(name: str) -> float:
    """The database alone: made empty, with its legacy tables, and migrated by Django's command."""
    row = Tenant.objects.create(name=name, database=tenant_names.free_database(name, ""))
    database = TenantDatabase.of(row)
    began = time.perf_counter()
    with database.making() as fresh, fresh.in_its_place():
        create_tables(fresh.alias)
        call_command(
            "migrate", database=fresh.alias, verbosity=0, interactive=False, stdout=StringIO()
        )
    return time.perf_counter() - began


call_command("migrate", database="default", verbosity=0)
create("first", 1)  # which makes the template, and imports what all need
migrate("second")
rounds = [
    (create(f"spare{number}", 1), create(f"copy{number}", 0), migrate(f"old{number}"))
    for number in range(int(sys.argv[1]))
]
medians = map(statistics.median, zip(*rounds, strict=True))
print(json.dumps(dict(zip(("spare", "copied", "migrated"), medians, strict=True))))
