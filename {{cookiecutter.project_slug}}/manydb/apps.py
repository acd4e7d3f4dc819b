import sys
from contextlib import AbstractContextManager
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import Tags
from django.db import connections, router
from django.db.models.signals import post_migrate

_CHECKS = (
    "connection_checks",
    "database_checks",
    "log_checks",
    "middleware_order",
    "model_checks",
    "other_servers",
    "patch_checks",
    "placement_checks",
    "relation_checks",
    "router_checks",
)


class ManydbConfig(AppConfig):
    """``"manydb"`` in INSTALLED_APPS."""

    name = "manydb.core"
    label = "manydb"

    def ready(self) -> None:
        from manydb.core import (  # noqa: F401  they register
            bounded_connections,
            guards,
            leases,
            other_servers,
            routing,
            session_state,
            unavailable,
        )
        from manydb.core.conf import conf
        from manydb.core.entries import vendor
        from manydb.core.exceptions import SENTENCES
        from manydb.core.late_checks import announce
        from manydb.core.ownership import guard_saves
        from manydb.core.rules import refuse_generic_relation
        from manydb.patches import (
            command_runs,
            driver_cursors,
            error_responses,
            health_checks,
            historical_models,
            migration_steps,
            object_state,
            plain_rows,
            related_managers,
            server_cursors,
            watched_queries,
        )

        announce("manydb.core", *_CHECKS)
        announce(
            "manydb.core", "deadline_checks", "other_servers", "upgrade_checks", tag=Tags.database
        )
        announce("manydb.core", "admin_checks", tag="admin")
        announce("manydb.core", "media_checks", tag=Tags.files, deploy=True)
        if apps.is_installed("django.contrib.staticfiles"):
            announce("manydb.core", "static_checks", tag=Tags.staticfiles, deploy=True)
        error_responses.install(unavailable.answer)
        health_checks.install(lambda: conf.HEALTH_CHECK_SECONDS)
        object_state.install(
            routing.known_primary, routing.real_alias if conf.TENANT_DEFAULT else None
        )
        if apps.is_installed("django.contrib.contenttypes"):
            from manydb.patches import generic_foreign_keys

            generic_foreign_keys.install(refuse_generic_relation)
        if apps.is_installed("django.contrib.admin"):
            from manydb.core import reference_filters  # noqa: F401  it registers
        for patch in (
            command_runs,
            driver_cursors,
            migration_steps,
            plain_rows,
            related_managers,
            server_cursors,
            watched_queries,
        ):
            patch.PATCH.verify()
        if "django.db.migrations.state" in sys.modules:
            historical_models.PATCH.verify()
        if any(vendor(each) == "mysql" for each in connections.settings.values()):
            from manydb.patches import mysql_time_zones

            mysql_time_zones.install(lambda alias: bool(routing.facts(alias).get("ADOPTED")))
        guard_saves()
        post_migrate.connect(leases.make_after_migrating, sender=self)
        bounded_connections.install()
        migration_steps.surround_migrations(_one_migration)
        command_runs.surround_commands(_one_command, SENTENCES, _page_of)

        # Importing the router now connects its guards before the first connection is opened.
        router.routers  # noqa: B018


def _one_command(*args: Any) -> AbstractContextManager[None]:
    """The block around a command. Its rules are loaded by the first one: a server runs none."""
    from manydb.core import command_rules  # noqa: F401  it registers them
    from manydb.core.commands import one_command

    return one_command(*args)


def _page_of(command: Any, error: Exception) -> str:
    from manydb.core.commands import page_of

    return page_of(command, error)


def _one_migration(*args: Any) -> AbstractContextManager[None]:
    from manydb.core.operations import one_migration

    return one_migration(*args)
