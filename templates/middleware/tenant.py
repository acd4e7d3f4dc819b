
    "manydb.replicas.middleware.ReadYourWrites",
    "manydb.tenants.middleware.tenant_from_request",