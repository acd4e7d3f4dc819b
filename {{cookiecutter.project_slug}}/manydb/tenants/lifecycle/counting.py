"""How many rows each table has: what is compared when all of a database must have arrived."""

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.tenants.lifecycle.errors import ProvisioningError

BEING_MADE = "0_being_made"  # a table that stands in a database of MySQL until it is whole


def rows(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """The number of rows of each table."""
    counts = {}
    with connection.cursor() as cursor:
        for table in sorted({*connection.introspection.table_names(cursor)} - {BEING_MADE}):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT COUNT(*) FROM {name}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts


def compare(expected: dict[str, int], found: dict[str, int]) -> None:
    """Checks that every table has arrived, and each with all of its rows.

    Raises:
        ProvisioningError: one has not; the message names the first, and both numbers.
    """
    for table in sorted(expected.keys() | found.keys()):
        if expected.get(table) != found.get(table):
            raise ProvisioningError(
                f"Table {table} has {found.get(table, 'no table of that name and no')} rows "
                f"where {expected.get(table, 'none')} were expected."
            )
