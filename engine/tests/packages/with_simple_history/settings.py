"""django-simple-history; the history of a tenant's rows is in the tenant's database."""

from ..site import *

INSTALLED_APPS = [*INSTALLED_APPS, "simple_history", "engine.tests.packages.with_simple_history"]
MIDDLEWARE = [*MIDDLEWARE, "simple_history.middleware.HistoryRequestMiddleware"]
