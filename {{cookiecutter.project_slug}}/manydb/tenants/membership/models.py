"""A row for each user and tenant that the user may enter, beside the catalog in ``default``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from manydb.tenants.models import Tenant


class Membership(models.Model):
    """A user who may enter a tenant. It points to the row of the tenant: one of the same name later has no members."""

    user: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="tenant_memberships"
    )
    tenant: models.ForeignKey[Tenant, Tenant] = models.ForeignKey(
        Tenant, models.CASCADE, related_name="memberships"
    )
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant"], name="one_membership_per_tenant")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant}"
