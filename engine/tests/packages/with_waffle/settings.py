"""django-waffle: flags, switches and samples, which are those of all tenants."""

from ..site import *

INSTALLED_APPS = [*INSTALLED_APPS, "waffle"]
MIDDLEWARE = [*MIDDLEWARE, "waffle.middleware.WaffleMiddleware"]
ROOT_URLCONF = "engine.tests.packages.with_waffle.urls"

# Its rows are shared, and so is the cache in which it keeps them.
CACHES = {
    **globals().get(
        "CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    ),
    "shared": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "shared",
        "KEY_FUNCTION": "manydb.tenants.cache_keys.shared_key",
    },
}
WAFFLE_CACHE_NAME = "shared"
