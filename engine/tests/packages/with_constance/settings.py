"""django-constance with its database backend, and the values of all tenants."""

from ..site import *

INSTALLED_APPS = [*INSTALLED_APPS, "constance"]
CONSTANCE_BACKEND = "constance.backends.database.DatabaseBackend"
CONSTANCE_CONFIG = {"BANNER": ("none", "What each page shows"), "LIMIT": (5, "How many")}
ROOT_URLCONF = "engine.tests.packages.with_constance.urls"
