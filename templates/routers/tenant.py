"""Which database Django uses for each operation: the active tenant's, and never another tenant's."""

from typing import Any

from django.db.models import Model

from .databases.replicas import replica_or_primary
from .databases.routing import (
    PER_TENANT,
    alias_of_tenant,
    facts,
    home_of,
    may_migrate,
    may_relate,
    origin,
    pinned_alias,
    primary_of,
)
from .tenants.context import current_tenant
from .tenants.guard import refuse_other_tenant, refuse_relation, tenant_required


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

    def db_for_read(
        self, model: type[Model], instance: Model | None = None, **hints: Any
    ) -> str | None:
        primary = self.db_for_write(model, instance, **hints)
        if primary in (None, "default"):
            return primary  # sessions and permissions must not be stale
        if instance is not None and instance._state.db == primary:
            return primary  # an object stays where it was read: a replica may not have it yet
        return replica_or_primary(primary, model)

    def db_for_write(
        self, model: type[Model], instance: Model | None = None, **hints: Any
    ) -> str | None:
        alias = origin(model, instance)
        if home_of(model) == PER_TENANT:
            return primary_of(self._tenants_alias(model, alias))
        if alias and not facts(alias):
            return None  # not a database of this project: no opinion
        return primary_of(alias or pinned_alias(model))

    def _tenants_alias(self, model: type[Model], alias: str | None) -> str:
        active = current_tenant()
        if active is None:
            if alias is None:
                raise tenant_required(model)
            return alias  # an object says by itself whose it is
        alias = alias or alias_of_tenant(active)
        refuse_other_tenant(active, alias, model)
        return alias

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool | None:
        refuse_relation(obj1, obj2)
        return may_relate(obj1, obj2)

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        return may_migrate(db, app_label, model_name, hints)
