"""``manage.py migrate``: Django's own, but for databases that have no table of this project."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from manydb.core.migrated_aliases import is_migrated
from manydb.core.migrating import migrating
from manydb.core.read_only import RefusesReadOnly
from manydb.core.routing import facts
from manydb.patches.server_cursors import is_test_database


class Command(RefusesReadOnly, migrate.Command):
    """Django would leave a table ``django_migrations`` also where it migrates nothing."""

    def handle(self, *args: Any, **options: Any) -> Any:
        with migrating(options["database"]):  # for receivers of signals, too
            return super().handle(*args, **options)

    def refusal(self, alias: str) -> str:
        if refusal := super().refusal(alias):
            return refusal
        if not _is_shared(alias) or is_migrated(alias):
            return ""
        if is_test_database(connections[alias]):
            return ""  # where the tables of unmanaged models are made, while a test run begins
        return f"{alias} has no table that this project migrates: nothing was done."


def _is_shared(alias: str) -> bool:
    known = facts(alias)
    return bool(known) and not known.get("TENANT")
