from django.apps import AppConfig
from django.db import router


class ManydbConfig(AppConfig):
    """``"manydb"`` in INSTALLED_APPS."""

    name = "manydb.core"
    label = "manydb"

    def ready(self) -> None:
        from manydb.core import (  # noqa: F401  they register
            connection_checks,
            guards,
            model_checks,
            patch_checks,
        )

        # Importing the router now connects its guards before the first connection is opened.
        router.routers  # noqa: B018
