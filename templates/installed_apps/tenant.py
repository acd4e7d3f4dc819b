
    "manydb.replicas",
    "manydb.tenants",
    "manydb.tenants.membership",