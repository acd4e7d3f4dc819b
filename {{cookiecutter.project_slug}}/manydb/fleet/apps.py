from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "manydb.fleet"
    label = "manydb_fleet"
