"""What the router of this run answers."""

from django.conf import settings

ROUTER = settings.SETTINGS_MODULE.rpartition(".")[2]

# With TenantRouter sessions and permissions live in default, and must not be stale.
SHARED_READS = "default_RO" if ROUTER == "replica" else "default"
SHARED_WRITES = "default"

# The admin's forms ask the router for a tenant's database, and the other routers can't know which tenant's.
TENANTS_ADMIN_CAN_CHANGE = ROUTER == "tenant"
