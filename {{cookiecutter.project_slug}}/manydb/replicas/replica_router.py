"""Which database Django uses for each operation: reads on replicas, unless they must be current."""

from typing import Any

from django.db.models import Model

from manydb.core.routing import primary_for
from manydb.core.rules import may_migrate, may_relate
from manydb.replicas.reads import replica_or_primary


class ReplicaRouter:
    """Reads from a replica, writes to its primary, and keeps an object where it came from.

    ============================================  ========================  ==================
    model or object                               reads                     writes
    ============================================  ========================  ==================
    ``_DATABASE = "accounts"``                    ``accounts_RO``           ``accounts``
    no mark                                       ``default_RO``            ``default``
    an app of ``PRIMARY_APPS``                    the primary               the primary
    ``_PREFER_READ_REPLICA = False``              the primary               the primary
    ``TenantModel`` without ``.using()``          ``DatabaseRequired``      the same
    an object read from ``X_RO``                  ``X_RO``                  ``X``
    an object read from ``X``                     ``X``                     ``X``
    ============================================  ========================  ==================

    Replicas are read in requests with GET and other safe methods, and inside ``use_replica()``. All other
    code reads primaries: requests that change something, and tasks, commands and shells. So does everything
    inside ``atomic()`` on the primary, after a write in the same request, and inside ``use_primary()``.
    """

    def db_for_read(self, model: type[Model], instance: Any = None, **hints: Any) -> str | None:
        primary = primary_for(model, instance)
        return replica_or_primary(primary, model, instance) if primary else None

    def db_for_write(self, model: type[Model], instance: Any = None, **hints: Any) -> str | None:
        return primary_for(model, instance)

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        return may_relate(obj1, obj2)

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        return may_migrate(db, app_label, model_name, hints)
