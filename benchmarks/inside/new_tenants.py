"""Makes tenants by ``create``, which copies the template: ``new_tenants.py TENANTS``."""

import json
import logging
import sys

import django

django.setup()
logging.disable(logging.INFO)  # a line for each step of each tenant

from django.core.management import call_command  # noqa: E402
from manydb.tenants.lifecycle.creation import create  # noqa: E402

call_command("migrate", database="default", verbosity=0)
for number in range(int(sys.argv[1])):
    create(f"t{number}")
print(json.dumps({}))
