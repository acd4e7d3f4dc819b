from django.apps import AppConfig, apps


class TenantsConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.tenants"

    def ready(self) -> None:
        from . import (  # noqa: F401  they register themselves
            catalog,
            checks,
            commits,
            guard,
            settings_checks,
            transaction_checks,
            transactions,
        )
        from .handler import install
        from .model_parts import guard_parts

        install()
        for model in apps.get_models(include_auto_created=True):
            guard_parts(model)
