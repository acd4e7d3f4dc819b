"""Migrating many databases: which need migrations, in which order, in how many processes."""

from manydb.core.disk_migrations import fingerprint
from manydb.core.migrated_aliases import has_tables_of_ours, migrated_aliases
from manydb.core.pending_migrations import pending
from manydb.fleet.migrate import migrate

__all__ = ["fingerprint", "has_tables_of_ours", "migrate", "migrated_aliases", "pending"]
