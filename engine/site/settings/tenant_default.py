"""The site with all apps in tenants' databases, in which ``default`` is the active tenant's database."""

from .placed import *
from .placed import DATABASES

TENANT_DEFAULT = True

# A project that exists names no test database: Django puts "test_" before the name, also of one that begins so.
for entry in DATABASES.values():
    entry["TEST"].pop("NAME", None)
