"""The base of models that live in tenants' databases.

A model that lives in one shared database needs no base: ``_DATABASE = "accounts"`` on the model pins
it there, and no mark at all means ``default``.
"""

from typing import Any

from django.db import models

from ..tenants.context import current_tenant
from .routing import PER_TENANT, refuse_foreign_relations


class TenantManager(models.Manager):
    """Notes on each queryset which tenant it was built for, so that no other tenant can evaluate it."""

    def get_queryset(self) -> models.QuerySet[Any]:
        queryset = super().get_queryset()
        if (tenant := current_tenant()) is not None:
            hints = {**queryset._hints, "tenant": tenant}  # type: ignore[attr-defined]
            queryset._hints = hints  # type: ignore[attr-defined]  # the router gets them as **hints
        return queryset


class TenantModel(models.Model):
    """A model with one table in each tenant's database; the active tenant chooses which."""

    _DATABASE = PER_TENANT

    objects = TenantManager()

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        refuse_foreign_relations(self, kwargs.get("using"))
        super().save_base(*args, **kwargs)
