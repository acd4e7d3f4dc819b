from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import Tags
from django.db.models.signals import class_prepared

_CHECKS = (
    "generator_checks",
    "login_checks",
    "manager_checks",
    "membership_checks",
    "package_checks",
    "settings_checks",
    "transaction_checks",
)


def _prepared(sender: Any, **kwargs: Any) -> None:
    if ".db.backends." in sender.__module__:
        return  # a backend, such as PostGIS', has models and is half loaded; ready() guards them
    from manydb.tenants.placed_models import guard_placed

    guard_placed(sender)


def _members() -> Any:
    """The fleet with a catalog. It loads all that makes and drops tenants, which a server never does."""
    from manydb.tenants.fleet_members import CatalogMembers

    return CatalogMembers()


def _tenancy() -> Any:
    """What a deployment learns of tenants, as ``_members``."""
    from manydb.tenants.tenants_to_deploy import CatalogTenancy

    return CatalogTenancy()


class TenantsConfig(AppConfig):
    name = "manydb.tenants"
    label = "manydb_tenants"  # a project may have an app of its own that is called tenants
    verbose_name = "Tenants"
    default_auto_field = "django.db.models.BigAutoField"  # whatever the project's is

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # Before any model is imported, and so before a form or a view of a package has a queryset of one.
        class_prepared.connect(_prepared, dispatch_uid=f"{__name__}.prepared")

    def ready(self) -> None:
        from manydb.core import migrating
        from manydb.core.late_checks import announce
        from manydb.core.members import register
        from manydb.fleet.deployment import tenancy
        from manydb.patches import (
            base_managers,
            command_options,
            commit_hooks,
            file_descriptors,
            link_tables,
            package_models,
            package_querysets,
            prefetches,
            session_keys,
            transactions_of_tests,
        )
        from manydb.tenants import (  # noqa: F401  the others register themselves
            cached_functions,
            catalog_mapping,
            catalog_signals,
            command_line,
            commits,
            connections,
            default_database,
            guard,
            interrupted_requests,
            module_bodies,
            package_keys,
            process_values,
            receivers,
            transaction_warnings,
        )
        from manydb.tenants.given_managers import guard_given
        from manydb.tenants.membership import installing as membership
        from manydb.tenants.middleware import install_transactions
        from manydb.tenants.model_parts import guard_parts
        from manydb.tenants.of_migrations import tenant_of_database
        from manydb.tenants.placed_models import guard_placed

        for patch in (
            base_managers,
            command_options,
            commit_hooks,
            file_descriptors,
            link_tables,
            package_models,
            package_querysets,
            prefetches,
            session_keys,
            transactions_of_tests,
        ):
            patch.PATCH.verify()
        announce(self.name, *_CHECKS)
        announce(self.name, "login_checks", "upgrade_state", tag=Tags.database)
        announce(self.name, "program_checks", tag=Tags.database, deploy=True)
        register(_members)
        tenancy.register(_tenancy)
        migrating.register("tenants", tenant_of_database)

        default_database.install()
        connections.install(default_database.kind_of_connections())
        catalog_mapping.install()
        command_line.install()
        process_values.install()
        cached_functions.separate()
        module_bodies.install()
        receivers.install()
        interrupted_requests.install()
        install_transactions()
        membership.install()
        package_keys.install()
        if apps.is_installed("django.contrib.admin"):
            from manydb.tenants import plain_admin

            plain_admin.install()
        for model in apps.get_models(include_auto_created=True):
            guard_placed(model)  # if something has imported it before
            guard_given(model)
            guard_parts(model)
