"""django-guardian; permissions on a tenant's rows are the tenant's own, and so are its accounts."""

from ..site import *
from ..site import with_accounts_of_tenants

TENANT_APPS = with_accounts_of_tenants("guardian", "with_guardian")
INSTALLED_APPS = [*INSTALLED_APPS, "guardian", "engine.tests.packages.with_guardian"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ROOT_URLCONF = "engine.tests.packages.with_guardian.urls"
