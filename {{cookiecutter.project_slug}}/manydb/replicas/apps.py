from django.apps import AppConfig
from django.db import connections
from django.db.utils import load_backend


class ReplicasConfig(AppConfig):
    name = "manydb.replicas"
    label = "manydb_replicas"

    def ready(self) -> None:
        from manydb.core import migrating, monitoring
        from manydb.core.late_checks import announce
        from manydb.patches import autocommit, psycopg_wait, transactions_of_tests
        from manydb.replicas.monitor import ReplicaMonitor
        from manydb.replicas.reads import use_primary

        announce(self.name, "middleware_checks")
        for patch in (autocommit, transactions_of_tests):
            patch.PATCH.verify()
        if _has_replicas_on_postgresql():
            psycopg_wait.PATCH.verify()
        monitoring.register(ReplicaMonitor())
        migrating.register("replicas", lambda alias: use_primary())


def _has_replicas_on_postgresql() -> bool:
    entries = dict.values(connections.settings)
    engines = {entry["ENGINE"] for entry in entries if entry.get("REPLICA_OF")}
    return any(load_backend(name).DatabaseWrapper.vendor == "postgresql" for name in engines)
