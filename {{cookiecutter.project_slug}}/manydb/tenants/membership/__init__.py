"""Which users may enter which tenant: TENANT_MEMBERSHIP."""
