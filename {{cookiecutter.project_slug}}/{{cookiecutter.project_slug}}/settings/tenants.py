"""How tenants are found, and where their databases are."""

from pathlib import Path
from typing import Any

# Who is asked, in this order, whose a request is: functions of tenants.resolvers or your own.
TENANT_RESOLVERS = ["manydb.tenants.resolvers.subdomain"]
TENANT_PATH = "/t/"  # what the resolver "path" looks for: /t/acme/…
TENANT_HEADER: str | None = None  # what "trusted_header" believes, if a gateway sets it: "X-Tenant"

# Seconds that a process trusts what it was told of a tenant. A new one is served everywhere, and a
# suspended one nowhere, at most this much later.
TENANT_CACHE_SECONDS = 30

# Servers besides that of DATABASE_HOST: what differs there (HOST, PORT, USER, PASSWORD …), and in
# READER what differs from that again for replicas. A row of the catalog names one of them.
TENANT_SERVERS: dict[str, dict[str, Any]] = {}

# Databases on each server that prepare_tenants makes ahead, so that a new tenant need not wait for its own
# to be made.
TENANT_SPARES = 0

# Connections to tenants' databases, replicas included, that one process may have open over all of its
# threads; None is no limit. At the limit the least recently used idle one is closed.
TENANT_CONNECTIONS: int | None = 100

# What to do while all of them are in use: "wait" so many seconds for one, or "refuse" at once. Both end
# in NoFreeConnection.
TENANT_CONNECTIONS_WHEN_BUSY = "wait"
TENANT_CONNECTIONS_WAIT = 5.0

# Whether a tenant of TENANTS is ready without a look into the catalog: true in tests.
TENANTS_ALWAYS_READY = False

# Whether tests say where a tenant is written to inside atomic() on default: true in tests.
REPORT_TRANSACTIONS_ELSEWHERE = False

# What is kept beside the databases does not cross tenants either; `check` watches these three.
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
MEDIA_URL = "media/"
MEDIA_ROOT = Path(__file__).resolve().parents[2] / "var" / "media"
