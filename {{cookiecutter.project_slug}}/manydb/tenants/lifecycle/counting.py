"""Row counts of tables, compared after a database was copied or loaded."""

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.ownership import IDENTITY_TABLE
from manydb.tenants.lifecycle.errors import ProvisioningError

BEING_MADE = "0_being_made"  # a table that marks a database of MySQL until it is complete


def rows(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """Returns the number of rows of each table of the tenant's own."""
    counts = {}
    with connection.cursor() as cursor:
        for table in sorted(
            {*connection.introspection.table_names(cursor)} - {BEING_MADE, IDENTITY_TABLE}
        ):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT COUNT(*) FROM {name}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts


def compare(expected: dict[str, int], found: dict[str, int]) -> None:
    """Compares the tables of a copy with those of its source.

    Raises:
        ProvisioningError: a table or a row is missing, or is too much. The message names the first table.
    """
    for table in sorted(expected.keys() | found.keys()):
        if expected.get(table) != found.get(table):
            raise ProvisioningError(
                f"Table {table} has {found.get(table, 'no table of that name and no')} rows "
                f"where {expected.get(table, 'none')} were expected. Stop what writes to it, then run the command again."
            )
