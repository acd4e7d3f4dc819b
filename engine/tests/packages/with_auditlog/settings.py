"""django-auditlog; its log is in ``default``, where each entry is one tenant's."""

from ..site import *
from ..site import of_tenants

TENANT_APPS = of_tenants("with_auditlog")
INSTALLED_APPS = [*INSTALLED_APPS, "auditlog", "engine.tests.packages.with_auditlog"]
MIDDLEWARE = [*MIDDLEWARE, "auditlog.middleware.AuditlogMiddleware"]
