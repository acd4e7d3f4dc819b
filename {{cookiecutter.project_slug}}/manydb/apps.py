from django.apps import AppConfig
from django.db import router


class ManydbConfig(AppConfig):
    """``"manydb"`` in INSTALLED_APPS."""

    name = "manydb.core"
    label = "manydb"

    def ready(self) -> None:
        from manydb.core import connection_checks, guards, model_checks  # noqa: F401  they register

        # Importing the router now connects its guards before the first connection is opened.
        router.routers  # noqa: B018
