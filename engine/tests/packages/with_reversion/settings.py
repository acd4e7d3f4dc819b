"""django-reversion; its revisions are in ``default``, where each version is one tenant's."""

from ..site import *
from ..site import of_tenants

TENANT_APPS = of_tenants("with_reversion")
INSTALLED_APPS = [*INSTALLED_APPS, "reversion", "engine.tests.packages.with_reversion"]
MIDDLEWARE = [*MIDDLEWARE, "reversion.middleware.RevisionMiddleware"]
