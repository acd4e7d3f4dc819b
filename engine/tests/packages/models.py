"""The base of models that are each tenant's own with TenantRouter, and in ``default`` with ReplicaRouter."""

from django.db import models

from manydb.models import TenantModel

from .site import ROUTER

Model: type[models.Model] = TenantModel if ROUTER == "tenant" else models.Model
