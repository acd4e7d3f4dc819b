"""The base of admin classes for models that live in several databases."""

from manydb.core.admin import (
    DatabaseAdmin,
)

__all__ = [
    "DatabaseAdmin",
]
