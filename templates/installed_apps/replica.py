
    "manydb.replicas",