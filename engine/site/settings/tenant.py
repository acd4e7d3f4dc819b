"""A site with TenantRouter: a database per tenant, each with its replica."""

from typing import Any

from ..databases import databases
from .replica import *
from .replica import BASE_DIR, ENGINE, HOST, INSTALLED_APPS, MIDDLEWARE

DATABASES = databases(ENGINE, HOST)
DATABASE_ROUTERS = ["manydb.routers.TenantRouter"]

INSTALLED_APPS = [*INSTALLED_APPS, "manydb.tenants", "manydb.tenants.membership"]
MIDDLEWARE = [
    MIDDLEWARE[0],
    "manydb.tenants.middleware.tenant_from_request",
    *MIDDLEWARE[1:],
]

SHARED_APPS = ["news.Remark"]  # whose generic foreign key points at shared rows

TENANT_RESOLVERS = ["manydb.tenants.resolvers.subdomain"]
TENANT_PATH = "/t/"
TENANT_HEADER: str | None = None
TENANT_CACHE_SECONDS = 30
TENANT_SERVERS: dict[str, dict[str, Any]] = {}
TENANT_SPARES = 0
TENANT_CONNECTIONS: int | None = 100
TENANT_CONNECTIONS_WHEN_BUSY = "wait"
TENANT_CONNECTIONS_WAIT = 5.0
TENANTS_ALWAYS_READY = True
REPORT_TRANSACTIONS_ELSEWHERE = True

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "manydb.tenants.cache_keys.tenant_key",
    },
}
SESSION_ENGINE = "manydb.tenants.sessions"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "manydb.tenants.storage.TenantStorage",
        "OPTIONS": {"backend": "django.core.files.storage.InMemoryStorage"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_URL = "media/"
MEDIA_ROOT = BASE_DIR / "media"
