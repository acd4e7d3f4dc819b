"""A site with ReplicaRouter: reads go to replicas until a request has written."""

from .simple import *
from .simple import INSTALLED_APPS, MIDDLEWARE

DATABASE_ROUTERS = ["manydb.routers.ReplicaRouter"]

INSTALLED_APPS = [*INSTALLED_APPS, "manydb.replicas"]
MIDDLEWARE = ["manydb.replicas.middleware.ReadYourWrites", *MIDDLEWARE]

REPLICA_MAX_LAG = 10.0
REPLICA_POSITIONS = True
REPLICA_FALLBACK = True
REPLICA_FALLBACK_PER_SECOND = 200
