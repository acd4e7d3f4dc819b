"""The base of models that live in tenants' databases.

A model that lives in one shared database needs no base: ``_DATABASE = "accounts"`` on the model pins
it there, and no mark at all means ``default``.
"""

from typing import Any

from django.db import models

from .routing import PER_TENANT
from .rules import refuse_foreign_relations

TenantManager = models.Manager
TenantQuerySet = models.QuerySet


class TenantModel(models.Model):
    """A model with one table in each tenant's database: name the database with ``.using("ACME")``."""

    _DATABASE = PER_TENANT

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        refuse_foreign_relations(self, kwargs.get("using"))
        super().save_base(*args, **kwargs)
