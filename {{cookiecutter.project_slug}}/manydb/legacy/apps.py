from django.apps import AppConfig


class LegacyConfig(AppConfig):
    name = "manydb.legacy"
    label = "manydb_legacy"

    def ready(self) -> None:
        from manydb.core import missing_databases
        from manydb.legacy.samples import create_tables, load_samples
        from manydb.legacy.schemas import flatten

        flatten()
        missing_databases.fillers.append(create_tables)
        missing_databases.bootstrap_steps.append(("Loaded legacy sample into", load_samples))
