from django.apps import AppConfig, apps
from django.db import connections
from django.db.backends.signals import connection_created


class LegacyConfig(AppConfig):
    name = "manydb.legacy"
    label = "manydb_legacy"

    def ready(self) -> None:
        from manydb.core import missing_databases
        from manydb.core.entries import vendor
        from manydb.legacy import table_checks as table_checks
        from manydb.legacy.samples import create_tables, load_samples
        from manydb.legacy.tolerance import tolerate
        from manydb.patches import sqlite_texts, table_names

        table_names.PATCH.verify()
        if any(vendor(each) == "sqlite" for each in connections.settings.values()):
            sqlite_texts.PATCH.verify()
            if any(not model._meta.managed for model in apps.get_models()):
                from manydb.legacy.schemas import flatten  # with modules that nothing else needs

                flatten()
        connection_created.connect(tolerate, dispatch_uid="manydb.legacy.tolerance")
        if create_tables not in missing_databases.fillers:
            missing_databases.fillers.append(create_tables)
            missing_databases.bootstrap_steps.append(("Loaded legacy sample into", load_samples))
