"""How the tenant of a request is found, and what keeps tenants apart outside their databases.

All settings of tenants, and their defaults: ``manydb/docs/settings.md``.
"""

# These are asked in this order. Others: path, hostname, trusted_header, or a function of your own.
TENANT_RESOLVERS = ["manydb.tenants.resolvers.subdomain"]

# Users have one account for all tenants, and enter those that they are members of (manydb/docs/tenants/membership.md).
TENANT_MEMBERSHIP = True

# Caches, sessions and stored files do not cross tenants either; `check` watches these three.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "manydb.tenants.cache_keys.tenant_key",
    },
}
SESSION_ENGINE = "manydb.tenants.sessions"
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "manydb.tenants.storage.TenantStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
