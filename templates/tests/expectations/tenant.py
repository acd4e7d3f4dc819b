"""What this project's router answers, TenantRouter: a tenant's models go where the active tenant lives."""

# Sessions and permissions live there, and must not be stale.
SHARED_READS = "default"
SHARED_WRITES = "default"

TENANTS_ADMIN_CAN_CHANGE = True
