"""Databases that all need the same migrations: which there are, which are behind, and bringing them on."""

from manydb.core.disk_migrations import fingerprint
from manydb.core.migrated_aliases import has_tables_of_ours, migrated_aliases
from manydb.core.pending_migrations import pending
from manydb.fleet.migrate import migrate

__all__ = ["fingerprint", "has_tables_of_ours", "migrate", "migrated_aliases", "pending"]
