from django.apps import AppConfig


class ReplicasConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.databases.replicas"

    def ready(self) -> None:
        from .. import monitoring
        from .monitoring import ReplicaMonitor

        monitoring.register(ReplicaMonitor())
