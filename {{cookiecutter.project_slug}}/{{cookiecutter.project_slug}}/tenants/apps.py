from django.apps import AppConfig, apps
from django.db import connections


class TenantsConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.tenants"

    def ready(self) -> None:
        from . import (  # noqa: F401  they register themselves
            catalog,
            checks,
            guard,
            settings_checks,
            transaction_checks,
            transactions,
        )
        from .connections import TenantConnections
        from .querysets import guard_through_model

        # Everybody holds this object, so it has to stay the same one. It may not have opened any yet.
        connections.__class__ = TenantConnections
        for model in apps.get_models(include_auto_created=True):
            guard_through_model(model)
