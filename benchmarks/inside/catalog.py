"""Fills the catalog: ``catalog.py TENANTS [DATABASES]``. With DATABASES, tenants share so many real ones."""

import json
import logging
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from manydb.tenants.models import Tenant  # noqa: E402

count, databases = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
logging.disable(logging.INFO)  # a line for each tenant
call_command("migrate", verbosity=0)
Tenant.objects.bulk_create(
    Tenant(
        name=f"t{number}",
        # The same database under several servers' names: to a process these are different places.
        database=f"bench_{number % databases}" if databases else f"bench_{number}",
        server=f"s{number // databases}" if databases else "",
        state="ready",
    )
    for number in range(count)
)
print(json.dumps({}))
