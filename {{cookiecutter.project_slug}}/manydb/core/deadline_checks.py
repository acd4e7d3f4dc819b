"""Finds accounts of PostgreSQL whose requests have no deadline: a pooler lets no connection say one, so the role must."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags
from django.db import Error, connections

from manydb.core import deadlines
from manydb.core.findings import Warning
from manydb.core.late_checks import register


@register(Tags.database)
def check_role_deadlines(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.W114: a role that may hold a statement or wait for a lock without end."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        settings = connections.settings[alias]
        if connections[alias].vendor != "postgresql":
            continue
        wanted = deadlines.of_role(settings, reader=bool(settings.get("REPLICA_OF")))
        if missing := [name for name in wanted if _now(alias, name) == "0"]:
            role = settings["USER"]
            sql = " ".join(
                f"ALTER ROLE {role} SET {name} = '{wanted[name]}ms';" for name in missing
            )
            found.append(
                Warning(
                    f"{alias}: the role {role} has no {' and no '.join(missing)}, and no connection through "
                    f"{settings['POOLER']} can set it.",
                    hint=f"Run deploy_databases, or: {sql}",
                    id="manydb.W114",
                )
            )
    return found


def _now(alias: str, name: str) -> str:
    """The value of a setting in a session of pages; "" if there is none to ask."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_setting(%s)", [name])
            return str(cursor.fetchone()[0])
    except Error:  # which other checks and commands report
        return ""
