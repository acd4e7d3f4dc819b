"""Which database Django uses for each operation: the active tenant's, and never another tenant's."""

from typing import Any

from django.db.models import Model

from manydb.core.routing import facts, origin, primary_of, shared_home
from manydb.core.rules import may_migrate, may_relate
from manydb.replicas import replica_or_primary
from manydb.tenants.context import active_alias
from manydb.tenants.guard import are_of_one_tenant, refuse_object, tenant_required


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
        primary: str | None
        if instance is None:
            primary = shared_home(model) or self._tenants_home(model)
        elif (primary := self.db_for_write(model, instance)) == instance._state.db:
            return primary  # an object stays where it was read: a replica may not have it yet
        if primary is None or primary == "default":
            return primary  # sessions and permissions must not be stale
        return replica_or_primary(primary, model)

    def db_for_write(
        self, model: type[Model], instance: Model | None = None, **hints: Any
    ) -> str | None:
        shared = shared_home(model)
        if instance is None:
            return shared or self._tenants_home(model)
        if not shared:
            if instance.__class__ is model and (ours := active_alias()) is not None:
                # Nearly always so, and asked for each row that is saved: no more calls than needed.
                alias = instance._state.db
                if alias == ours or (alias is not None and primary_of(alias) == ours):
                    return ours
            refuse_object(instance)
        if not (alias := origin(model, instance)):
            return shared or self._tenants_home(model)
        if shared and not facts(alias):
            return None  # not a database of this project: no opinion
        return primary_of(alias)  # an object says by itself whose it is

    def _tenants_home(self, model: type[Model]) -> str:
        if (alias := active_alias()) is None:
            raise tenant_required(model)
        return alias

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool | None:
        return may_relate(obj1, obj2) if are_of_one_tenant((obj1, obj2)) else False

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        return may_migrate(db, app_label, model_name, hints)
