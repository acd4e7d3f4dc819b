"""Databases that all need the same migrations: which there are, which are behind, and bringing them on."""

from .disk import fingerprint
from .look import pending
from .migrating import migrate
from .shared import has_tables_of_ours, migrated_aliases

__all__ = ["fingerprint", "has_tables_of_ours", "migrate", "migrated_aliases", "pending"]
