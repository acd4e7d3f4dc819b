"""django-treebeard."""

from ..site import *
from ..site import of_tenants

INSTALLED_APPS = [*INSTALLED_APPS, "treebeard", "engine.tests.packages.with_treebeard"]
TENANT_APPS = of_tenants("with_treebeard")
