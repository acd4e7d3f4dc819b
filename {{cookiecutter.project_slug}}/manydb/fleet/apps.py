from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "manydb.fleet"
    label = "manydb_fleet"

    def ready(self) -> None:
        from manydb.fleet import (  # noqa: F401  they register themselves
            account_checks,
            command_checks,
        )
