from django.apps import AppConfig
from django.core.checks import Tags


class FleetConfig(AppConfig):
    name = "manydb.fleet"
    label = "manydb_fleet"

    def ready(self) -> None:
        from manydb.core.late_checks import announce

        announce(self.name, "command_checks")
        announce(self.name, "account_checks", tag=Tags.security, deploy=True)
