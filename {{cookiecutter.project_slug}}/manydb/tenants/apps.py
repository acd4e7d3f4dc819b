from django.apps import AppConfig, apps


class TenantsConfig(AppConfig):
    name = "manydb.tenants"
    label = "manydb_tenants"  # a project may have an app of its own that is called tenants
    verbose_name = "Tenants"
    default_auto_field = "django.db.models.BigAutoField"  # whatever the project's is

    def ready(self) -> None:
        from manydb.core.members import register
        from manydb.patches import (
            base_managers,
            command_options,
            commit_hooks,
            file_descriptors,
            link_tables,
            prefetches,
            session_keys,
            transactions_of_tests,
        )
        from manydb.tenants import (  # noqa: F401  the others register themselves
            catalog_mapping,
            catalog_signals,
            command_line,
            commits,
            connections,
            generator_checks,
            guard,
            manager_checks,
            request_transactions,
            settings_checks,
            transaction_checks,
            transaction_warnings,
        )
        from manydb.tenants.fleet_members import CatalogMembers
        from manydb.tenants.model_parts import guard_parts

        for patch in (
            base_managers,
            command_options,
            commit_hooks,
            file_descriptors,
            link_tables,
            prefetches,
            session_keys,
            transactions_of_tests,
        ):
            patch.PATCH.verify()
        register(CatalogMembers())

        connections.install()
        catalog_mapping.install()
        command_line.install()
        request_transactions.install()
        for model in apps.get_models(include_auto_created=True):
            guard_parts(model)
