"""django-axes. Its failures are kept in the cache, whose keys hold the tenant."""

from ..site import *
from ..site import ROUTER

INSTALLED_APPS = [*INSTALLED_APPS, "axes"]
MIDDLEWARE = [*MIDDLEWARE, "axes.middleware.AxesMiddleware"]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",  # one for all processes
        "LOCATION": "cache",
        "KEY_FUNCTION": "manydb.tenants.cache_keys.tenant_key",
    }
}
if ROUTER == "replica":
    del CACHES["default"]["KEY_FUNCTION"]
