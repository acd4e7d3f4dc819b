"""What this project's router answers, ReplicaRouter: reads go to replicas."""

SHARED_READS = "default_RO"
SHARED_WRITES = "default"

# The admin's forms ask the router for a tenant's database, and it can't know which tenant's.
TENANTS_ADMIN_CAN_CHANGE = False
