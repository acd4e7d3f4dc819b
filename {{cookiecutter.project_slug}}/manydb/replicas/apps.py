from django.apps import AppConfig


class ReplicasConfig(AppConfig):
    name = "manydb.replicas"
    label = "manydb_replicas"

    def ready(self) -> None:
        from manydb.core import monitoring
        from manydb.replicas.monitor import ReplicaMonitor

        monitoring.register(ReplicaMonitor())
