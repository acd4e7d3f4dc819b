"""Which database Django uses for each operation. Replicas are used only where code asks for one."""

from typing import Any

from django.db.models import Model
from manydb.routers import may_migrate, may_relate, primary_for


class DBRouter:
    """Sends a model to the database it is pinned to, and an object back to where it came from.

    ============================================  ==============================================
    model or object                               reads and writes
    ============================================  ==============================================
    ``_DATABASE = "accounts"``                    ``accounts``
    no mark                                       ``default``
    ``TenantModel`` without ``.using()``          ``DatabaseRequired``
    an object read from ``X`` or ``X_RO``         ``X``
    ============================================  ==============================================
    """

    def db_for_read(self, model: type[Model], instance: Any = None, **hints: Any) -> str | None:
        return primary_for(model, instance)

    def db_for_write(self, model: type[Model], instance: Any = None, **hints: Any) -> str | None:
        return primary_for(model, instance)

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        return may_relate(obj1, obj2)

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        return may_migrate(db, app_label, model_name, hints)
