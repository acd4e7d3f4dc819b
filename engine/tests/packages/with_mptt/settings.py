"""django-mptt."""

from ..site import *
from ..site import of_tenants

INSTALLED_APPS = [*INSTALLED_APPS, "mptt", "engine.tests.packages.with_mptt"]
TENANT_APPS = of_tenants("with_mptt")
