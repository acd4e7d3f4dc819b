"""Finds a ``migrate`` of a project that does more than Django's: migrate_databases does not run it."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage
from django.core.management import find_commands

from manydb.core.findings import Warning
from manydb.core.late_checks import register
from manydb.core.ownership import ownership


@register()
def check_own_migrate(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W020: an app has a command ``migrate`` of its own."""
    then = ownership().command("migrate")
    return [
        Warning(
            f"{app.name} has a command migrate of its own. What it adds to Django's is not done by migrate_databases.",
            hint=f"If a new database needs that, run {then} after migrate_databases has made it.",
            id="manydb.W020",
        )
        for app in apps.get_app_configs()
        if not app.name.startswith("manydb")
        and "migrate" in find_commands(str(Path(app.path, "management")))
    ]
