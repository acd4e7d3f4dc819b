"""``manage.py migrate``: Django's own, but for databases that have no table of this project."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from manydb.core.copies import copies
from manydb.core.members import fleet
from manydb.core.migrated_aliases import is_migrated, migrated_aliases
from manydb.core.migrating import migrating
from manydb.core.placement import DEFAULT, shared_alias
from manydb.core.read_only import RefusesReadOnly
from manydb.core.routing import facts, real_alias
from manydb.patches.server_cursors import is_test_database


class Command(RefusesReadOnly, migrate.Command):
    """Django would leave a table ``django_migrations`` also where it migrates nothing."""

    def handle(self, *args: Any, **options: Any) -> Any:
        alias = options["database"]
        made = copies.get() if _is_whole(options) and is_test_database(connections[alias]) else None
        if made is not None and made.fill(alias):
            return None
        with migrating(alias):  # for receivers of signals, too
            result = super().handle(*args, **options)
            if made is not None:
                made.note(alias)
        looked = options["plan"] or options["check_unapplied"] or options["verbosity"] < 1
        if not looked and alias == shared_alias() and _has_others(alias):
            self.stdout.write(
                f"This was {alias} alone: python manage.py migrate_databases migrates the other databases."
            )
        return result

    def refusal(self, alias: str) -> str:
        if refusal := super().refusal(alias):
            return refusal
        if alias == DEFAULT == real_alias(alias) != shared_alias():
            return (
                "default is the active tenant's database (TENANT_DEFAULT), and no tenant is active: run python "
                f"manage.py migrate_databases for all databases, or add --database {shared_alias()}."
            )
        if not _is_shared(alias) or is_migrated(alias):
            return ""
        if is_test_database(connections[alias]):
            return ""  # where the tables of unmanaged models are made, while a test run begins
        return f"{alias} has no table that this project migrates: nothing was done."


def _is_whole(options: dict[str, Any]) -> bool:
    """Whether all apps are migrated to their last migration, really."""
    less = ("app_label", "plan", "check_unapplied", "fake", "fake_initial", "prune")
    return not any(options[name] for name in less)


def _has_others(alias: str) -> bool:
    if is_test_database(connections[alias]):
        return False  # each of them is migrated in turn
    return migrated_aliases() != [alias] or fleet().count() > 0


def _is_shared(alias: str) -> bool:
    known = facts(alias)
    return bool(known) and not known.get("TENANT")
