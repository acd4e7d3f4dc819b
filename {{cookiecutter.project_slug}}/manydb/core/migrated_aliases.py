"""Which aliases of ``DATABASES`` get migrations."""

from django.apps import apps
from django.db import router

from manydb.core.routing import facts, primaries


def has_tables_of_ours(alias: str) -> bool:
    """Returns whether a managed model lives there. A legacy database has none."""
    return any(
        router.allow_migrate_model(alias, model)
        for model in apps.get_models(include_auto_created=True)
    )


def is_migrated(alias: str) -> bool:
    """Returns whether a database gets migrations: for its tables, or because a hint in one of them names it."""
    # With it come Django's migrations, which a process that serves requests never reads.
    from manydb.core.disk_migrations import target_databases

    return has_tables_of_ours(alias) or alias in target_databases()


def migrated_aliases() -> list[str]:
    """Returns the primaries that get migrations, in the order of ``DATABASES``."""
    return [alias for alias in primaries() if is_migrated(alias)]


def shared_aliases() -> list[str]:
    """Returns the migrated aliases that belong to no tenant: ``default`` first."""
    return [alias for alias in migrated_aliases() if not facts(alias).get("TENANT")]


def tenants_aliases() -> list[str]:
    """Returns the aliases of the tenants that ``DATABASES`` lists."""
    return [alias for alias in migrated_aliases() if facts(alias).get("TENANT")]
