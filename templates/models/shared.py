"""The base of models that live in tenants' databases.

A model that lives in one shared database needs no base: ``_DATABASE = "accounts"`` on the model pins
it there, and no mark at all means ``default``.
"""

from django.db import models

from .routing import PER_TENANT

TenantManager = models.Manager


class TenantModel(models.Model):
    """A model with one table in each tenant's database: name the database with ``.using("ACME")``."""

    _DATABASE = PER_TENANT

    class Meta:
        abstract = True
