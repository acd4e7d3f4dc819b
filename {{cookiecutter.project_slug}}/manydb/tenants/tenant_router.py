"""Which database Django uses for each operation: the active tenant's, and never another tenant's."""

from typing import Any

from django.db.models import Model

from manydb.core.placement import shared_alias
from manydb.core.rules import may_migrate, may_relate
from manydb.replicas.reads import replica_or_primary
from manydb.tenants.guard import are_of_one_tenant, primary_for_tenant


class TenantRouter:
    """Sends tenants' models to the active tenant, all else to its shared database.

    With tenant ``acme`` active:

    ============================================  ========================  ==================
    model or object                               reads                     writes
    ============================================  ========================  ==================
    ``TenantModel``                               ``ACME_RO``               ``ACME``
    ``TenantModel``, no tenant active             ``TenantRequired``        the same
    object or lazy queryset of another tenant     ``WrongTenant``           the same
    ``_DATABASE = "accounts"``                    ``accounts_RO``           ``accounts``
    no mark (auth, sessions …)                    ``default``               ``default``
    an app of ``PRIMARY_APPS``                    the primary               the primary
    ``_PREFER_READ_REPLICA = False``              the primary               the primary
    ============================================  ========================  ==================

    Replicas are read in requests with GET and other safe methods, and inside ``use_replica()``. All other
    code reads primaries: requests that change something, and tasks, commands and shells. So does everything
    inside ``atomic()`` on the primary, after a write in the same request, and inside ``use_primary()``.
    """

    def db_for_read(self, model: type[Model], instance: Any = None, **hints: Any) -> str | None:
        primary = primary_for_tenant(model, instance)
        if primary is None or primary == shared_alias():
            return primary  # sessions and permissions must not be stale
        return replica_or_primary(primary, model, instance)

    def db_for_write(self, model: type[Model], instance: Any = None, **hints: Any) -> str | None:
        return primary_for_tenant(model, instance)

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        return may_relate(obj1, obj2) if are_of_one_tenant((obj1, obj2)) else False

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        return may_migrate(db, app_label, model_name, hints)
