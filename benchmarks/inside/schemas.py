"""Makes rows of tenants for django-tenants: ``schemas.py TENANTS``."""

import json
import sys

import django

django.setup()

from benchmarks.peers.customers.models import Customer  # noqa: E402

Customer.objects.bulk_create(
    Customer(schema_name=f"bench_{number}", name=f"bench_{number}")
    for number in range(int(sys.argv[1]))
)
print(json.dumps({}))
