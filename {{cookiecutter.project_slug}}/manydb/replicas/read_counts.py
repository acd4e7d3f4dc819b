"""How much a server has answered since it counts, from any client: any account may ask for that.

PostgreSQL counts the transactions of each database, MySQL and MariaDB the SELECTs of the whole server.
"""

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

_QUERIES = {
    "postgresql": """
        SELECT 'transactions', xact_commit + xact_rollback
        FROM pg_stat_database WHERE datname = current_database()""",
    "mysql": "SHOW GLOBAL STATUS LIKE 'Com_select'",
}


def answered(connection: BaseDatabaseWrapper) -> int | None:
    """Returns the count, or None if the server does not count."""
    if (query := _QUERIES.get(connection.vendor)) is None:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return int(cursor.fetchone()[1])
    except (DatabaseError, TypeError):
        return None
