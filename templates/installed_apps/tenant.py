
    "manydb.replicas",
    "manydb.tenants",