"""What this project's router answers, DBRouter: replicas are read where code names one, and nowhere else."""

SHARED_READS = "default"
SHARED_WRITES = "default"

# The admin's forms ask the router for a tenant's database, and it can't know which tenant's.
TENANTS_ADMIN_CAN_CHANGE = False
