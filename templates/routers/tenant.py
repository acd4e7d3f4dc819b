"""Which database Django uses for each operation: the active tenant's, and never another tenant's."""

from typing import Any

from django.db.models import Model

from .databases.replicas import replica_or_primary
from .databases.routing import (
    PER_TENANT,
    alias_of_tenant,
    home_of,
    may_migrate,
    may_relate,
    origin,
    pinned_alias,
    primary_of,
)
from .tenants.context import current_tenant
from .tenants.guard import refuse_other_tenant, tenant_required


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
    ============================================  ========================  ==================

    Inside ``atomic()`` on the primary, after a write in the same request, and inside
    ``use_primary()``, everything reads from the primary.
    """

    def db_for_read(self, model: type[Model], instance: Model | None = None, **hints: Any) -> str:
        alias = self._alias(model, instance, hints)
        primary = primary_of(alias)
        if primary == "default" or (instance is not None and instance._state.db == primary):
            return primary  # sessions and permissions must not be stale; an object stays where it was read
        return replica_or_primary(primary, model)

    def db_for_write(self, model: type[Model], instance: Model | None = None, **hints: Any) -> str:
        return primary_of(self._alias(model, instance, hints))

    def _alias(self, model: type[Model], instance: Model | None, hints: dict[str, Any]) -> str:
        if home_of(model) != PER_TENANT:
            return origin(model, instance) or pinned_alias(model)
        active = current_tenant()
        if active is None and (alias := origin(model, instance)):
            return alias
        if active is None:
            raise tenant_required(model)
        alias = origin(model, instance) or alias_of_tenant(active)
        refuse_other_tenant(active, alias, hints.get("tenant", active), model)
        return alias

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool | None:
        return may_relate(obj1, obj2)

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        return may_migrate(db, app_label, model_name, hints)
