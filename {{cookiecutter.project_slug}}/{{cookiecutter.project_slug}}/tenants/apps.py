from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.tenants"

    def ready(self) -> None:
        from . import catalog, checks, guard  # noqa: F401  they register themselves
