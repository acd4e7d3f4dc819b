"""The bases of models, managers and querysets of tenants' databases, and the field that refers to another database."""

from manydb.core.models import (
    TenantManager,
    TenantModel,
    TenantQuerySet,
)
from manydb.core.references import DatabaseReference

__all__ = [
    "DatabaseReference",
    "TenantManager",
    "TenantModel",
    "TenantQuerySet",
]
