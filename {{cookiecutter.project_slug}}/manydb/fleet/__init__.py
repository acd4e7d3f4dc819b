"""Migrating many databases: which need migrations, in which order, in how many processes.

The public names are imported when they are asked for: a server, which has this app, migrates nothing.
"""

from typing import TYPE_CHECKING

from manydb.core.later import later

if TYPE_CHECKING:
    from manydb.core.disk_migrations import fingerprint
    from manydb.core.migrated_aliases import has_tables_of_ours, migrated_aliases
    from manydb.core.pending_migrations import pending
    from manydb.fleet.migrate import migrate

__all__ = ["fingerprint", "has_tables_of_ours", "migrate", "migrated_aliases", "pending"]

__getattr__ = later(
    __name__,
    {
        "fingerprint": "manydb.core.disk_migrations",
        "has_tables_of_ours": "manydb.core.migrated_aliases",
        "migrate": "manydb.fleet.migrate",
        "migrated_aliases": "manydb.core.migrated_aliases",
        "pending": "manydb.core.pending_migrations",
    },
)
