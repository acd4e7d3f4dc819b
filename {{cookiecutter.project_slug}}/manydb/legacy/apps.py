from django.apps import AppConfig, apps
from django.db import connections
from django.db.backends.signals import connection_created


class LegacyConfig(AppConfig):
    name = "manydb.legacy"
    label = "manydb_legacy"

    def ready(self) -> None:
        from manydb.core import missing_databases
        from manydb.core.entries import vendor
        from manydb.core.late_checks import announce
        from manydb.legacy.tolerance import tolerate
        from manydb.patches import sqlite_texts, table_names

        announce(self.name, "table_checks")
        table_names.PATCH.verify()
        if any(vendor(each) == "sqlite" for each in connections.settings.values()):
            sqlite_texts.PATCH.verify()
            if any(not model._meta.managed for model in apps.get_models()):
                from manydb.legacy.schemas import flatten  # with modules that nothing else needs

                flatten()
        connection_created.connect(tolerate, dispatch_uid="manydb.legacy.tolerance")
        if _create_tables not in missing_databases.fillers:
            missing_databases.fillers.append(_create_tables)
            missing_databases.bootstrap_steps.append(("Loaded legacy sample into", _load_samples))


# Those who serve requests make no database.


def _create_tables(alias: str) -> None:
    from manydb.legacy.samples import create_tables

    create_tables(alias)


def _load_samples() -> list[str]:
    from manydb.legacy.samples import load_samples

    return load_samples()
