from django.apps import AppConfig, apps


class TenantsConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.tenants"

    def ready(self) -> None:
        from . import catalog, checks, guard, settings_checks  # noqa: F401  they register themselves
        from .querysets import guard_through_model

        for model in apps.get_models(include_auto_created=True):
            guard_through_model(model)
