
    "manydb.replicas.middleware.ReadYourWrites",