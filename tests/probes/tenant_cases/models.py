"""A model of tenants; each tenant has one row, which holds its name."""

from django.db import models
from manydb.models import TenantModel


class Entry(TenantModel):
    text = models.CharField(max_length=100)
