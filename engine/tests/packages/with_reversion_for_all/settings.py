"""django-reversion as its documentation sets it up: one table for all tenants, beside the accounts that they share."""

from ..site import *

INSTALLED_APPS = [*INSTALLED_APPS, "reversion", "engine.tests.packages.with_reversion_for_all"]
MIDDLEWARE = [*MIDDLEWARE, "reversion.middleware.RevisionMiddleware"]
