"""The bases of models, managers and querysets that live in tenants' databases."""

from manydb.core.models import (
    TenantManager,
    TenantModel,
    TenantQuerySet,
)

__all__ = [
    "TenantManager",
    "TenantModel",
    "TenantQuerySet",
]
