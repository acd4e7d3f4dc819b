from django.apps import AppConfig


class ReplicasConfig(AppConfig):
    name = "manydb.replicas"
    label = "manydb_replicas"

    def ready(self) -> None:
        from manydb.core import monitoring
        from manydb.patches import autocommit, transactions_of_tests
        from manydb.replicas.monitor import ReplicaMonitor

        for patch in (autocommit, transactions_of_tests):
            patch.PATCH.verify()
        monitoring.register(ReplicaMonitor())
