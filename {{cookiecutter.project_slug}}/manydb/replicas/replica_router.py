"""Which database Django uses for each operation: reads on replicas, unless a write must be seen."""

from typing import Any

from django.db.models import Model

from manydb.core.routing import facts, origin, pinned_alias, primary_of, shared_home
from manydb.core.rules import may_migrate, may_relate
from manydb.replicas import replica_or_primary


class ReplicaRouter:
    """Reads from a replica, writes to its primary, and keeps an object where it came from.

    ============================================  ========================  ==================
    model or object                               reads                     writes
    ============================================  ========================  ==================
    ``_DATABASE = "accounts"``                    ``accounts_RO``           ``accounts``
    no mark                                       ``default_RO``            ``default``
    ``_PREFER_READ_REPLICA = False``              the primary               the primary
    ``TenantModel`` without ``.using()``          ``DatabaseRequired``      the same
    an object read from ``X_RO``                  ``X_RO``                  ``X``
    ============================================  ========================  ==================

    Inside ``atomic()`` on the primary, after a write in the same request, and inside
    ``use_primary()``, everything reads from the primary.
    """

    def db_for_read(
        self, model: type[Model], instance: Model | None = None, **hints: Any
    ) -> str | None:
        if instance is None:
            return replica_or_primary(shared_home(model) or pinned_alias(model), model)
        primary = self.db_for_write(model, instance)
        if primary is None or instance._state.db == primary:
            return primary  # an object stays where it was read: a replica may not have it yet
        return replica_or_primary(primary, model)

    def db_for_write(
        self, model: type[Model], instance: Model | None = None, **hints: Any
    ) -> str | None:
        alias = origin(model, instance)
        if alias and not facts(alias):
            return None  # not a database of this project: no opinion
        return primary_of(alias or pinned_alias(model))

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool | None:
        return may_relate(obj1, obj2)

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        return may_migrate(db, app_label, model_name, hints)
