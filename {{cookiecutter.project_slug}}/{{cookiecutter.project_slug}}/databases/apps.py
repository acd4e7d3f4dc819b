from django.apps import AppConfig
from django.db import router


class DatabasesConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.databases"

    def ready(self) -> None:
        from . import checks, connection_checks, guards  # noqa: F401  they register themselves
        # Importing the router now connects its guards before the first connection is opened.
        router.routers  # noqa: B018
