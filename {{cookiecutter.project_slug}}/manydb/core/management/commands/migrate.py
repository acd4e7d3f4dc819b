"""``manage.py migrate``: Django's own, but for databases that have no table of this project."""

from django.core.management.commands import migrate
from django.db import connections

from manydb.core.migrated_aliases import has_tables_of_ours
from manydb.core.read_only import RefusesReadOnly
from manydb.core.routing import facts


class Command(RefusesReadOnly, migrate.Command):
    """Django would leave a table ``django_migrations`` also where it migrates nothing."""

    def refusal(self, alias: str) -> str:
        if refusal := super().refusal(alias):
            return refusal
        if not _is_shared(alias) or has_tables_of_ours(alias) or _is_test_database(alias):
            return ""
        return f"{alias} has no table that this project migrates: nothing was done."


def _is_shared(alias: str) -> bool:
    known = facts(alias)
    return bool(known) and not known.get("TENANT")


def _is_test_database(alias: str) -> bool:
    # Where the tables of unmanaged models are made, while a test run begins.
    connection = connections[alias]
    own = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    return bool(connection.settings_dict["NAME"] == own)
