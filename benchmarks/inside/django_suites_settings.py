"""Settings of Django's own tests: ``default`` with a replica on the same connection, and ``other``."""

import os
from typing import Any

PROJECT, ROUTER = os.environ["PROJECT"], os.environ["ROUTER"]
SQLITE = {"ENGINE": "django.db.backends.sqlite3"}

DATABASES = {
    "default": SQLITE | {"ROLE": "shared", "TENANT": None, "REPLICAS": ["default_RO"]},
    "default_RO": SQLITE
    | {"ROLE": "shared", "TENANT": None, "REPLICA_OF": "default", "TEST": {"MIRROR": "default"}},
    "other": dict(SQLITE),
}


class Naive:
    """Reads from the replica, and does nothing else."""

    def db_for_read(self, model: type, **hints: Any) -> str:
        return "default_RO"

    def db_for_write(self, model: type, **hints: Any) -> str:
        return "default"

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        return True if {obj1._state.db, obj2._state.db} <= {"default", "default_RO"} else None


DATABASE_ROUTERS = {
    "plain": [],
    "naive": [f"{__name__}.Naive"],
    "ours": [f"{PROJECT}.db_routers.ReplicaRouter"],
}[ROUTER]
TEST_RUNNER = "manydb.testing.Runner"

SECRET_KEY = "Django's tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
