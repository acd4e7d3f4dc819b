"""No read waits without end for a replica that is frozen: its network still answers, but its server does not.

MySQL's driver has ``read_timeout`` for that (``REPLICA_PATIENCE`` in ``manydb/presets/mysql.py``), libpq has
nothing: its timeouts are for networks that are silent, too. What takes longer is lost as if the replica had
died. A query of yours that may be silent for longer belongs on an alias with longer patience.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.patches.psycopg_wait import limit_silence

PATIENCE = 10.0  # seconds of silence; MySQL's is the same


@receiver(connection_created)
def be_impatient(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Has psycopg give up on a replica that says nothing."""
    if connection.vendor == "postgresql" and connection.settings_dict.get("REPLICA_OF"):
        error = connection.Database.OperationalError  # type: ignore[attr-defined]
        limit_silence(
            connection.connection, lambda: PATIENCE, lambda: error(f"no answer for {PATIENCE:g} s")
        )
