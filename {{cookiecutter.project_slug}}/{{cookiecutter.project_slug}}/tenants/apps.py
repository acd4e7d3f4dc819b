from django.apps import AppConfig, apps


class TenantsConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.tenants"

    def ready(self) -> None:
        from . import (  # noqa: F401  the others register themselves
            changes,
            checks,
            command_line,
            commits,
            generator_checks,
            guard,
            handler,
            settings_checks,
            transaction_checks,
            transactions,
        )
        from ..databases.fleet.members import register
        from .fleet_members import CatalogMembers
        from .model_parts import guard_parts

        register(CatalogMembers())

        handler.install()
        command_line.install()
        for model in apps.get_models(include_auto_created=True):
            guard_parts(model)
