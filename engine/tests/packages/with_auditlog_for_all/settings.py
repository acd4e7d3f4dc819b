"""django-auditlog as its documentation sets it up: one log for all tenants, beside the accounts that they share."""

from ..site import *

INSTALLED_APPS = [*INSTALLED_APPS, "auditlog", "engine.tests.packages.with_auditlog_for_all"]
MIDDLEWARE = [*MIDDLEWARE, "auditlog.middleware.AuditlogMiddleware"]
