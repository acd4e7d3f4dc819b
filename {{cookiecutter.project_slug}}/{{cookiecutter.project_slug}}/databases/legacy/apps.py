from django.apps import AppConfig


class LegacyConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.databases.legacy"

    def ready(self) -> None:
        from .. import creation
        from ..samples import create_tables, load_samples
        from .schemas import flatten

        flatten()
        creation.fillers.append(create_tables)
        creation.bootstrap_steps.append(("Loaded legacy sample into", load_samples))
