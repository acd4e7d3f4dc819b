"""Makes tenants by ``create``, with spares and without, and, in turns, by migrating an empty database:
``new_tenant.py ROUNDS``."""

import json
import statistics
import sys
import time
from io import StringIO

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks.inside import project  # noqa: E402

births = project("tenants.provisioning.births")
claims = project("tenants.provisioning.claims")
names = project("tenants.provisioning.names")
prepare = project("tenants.provisioning.spares").prepare
engine_of = project("tenants.provisioning.engines").engine_of
create_tables = project("databases.samples").create_tables
Tenant = project("tenants.models").Tenant


def create(name: str, spares: int) -> float:
    """A new tenant, from the name that somebody chose to the row that says it is ready."""
    settings.TENANT_SPARES = spares
    prepare()
    began = time.perf_counter()
    births.create(name)
    return time.perf_counter() - began


def migrate(name: str) -> float:
    """The database alone: made empty, with its legacy tables, and migrated by Django's command."""
    row = Tenant.objects.create(name=name, database=names.free_database(name, ""))
    place = claims.place_of(row)
    began = time.perf_counter()
    with engine_of(place).making(place, "bench_0") as fresh, fresh.in_its_place():
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
