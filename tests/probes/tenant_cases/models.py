"""A model of tenants; each tenant has one row, which holds its name."""

import os
from importlib import import_module

from django.db import models

TenantModel = import_module(f"{os.environ['LIVE_PROJECT']}.databases.models").TenantModel


class Entry(TenantModel):
    text = models.CharField(max_length=100)
