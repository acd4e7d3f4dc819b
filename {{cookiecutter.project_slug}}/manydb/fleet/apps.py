from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "manydb.fleet"
    label = "manydb_fleet"

    def ready(self) -> None:
        from manydb.fleet import account_checks  # noqa: F401  it registers
