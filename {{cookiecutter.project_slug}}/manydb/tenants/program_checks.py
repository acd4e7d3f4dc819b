"""Finds, before a deployment, that tenants could not be dumped, cloned and moved."""

import shutil
from typing import Any

from django.core.checks import CheckMessage, Tags
from django.db import connections

from manydb.core.entries import vendor
from manydb.core.findings import Warning
from manydb.core.late_checks import register
from manydb.core.placement import shared_alias

# By engine: the package of Debian, and the programs, of which one of each line is needed.
PROGRAMS = {
    "postgresql": ("postgresql-client", (("pg_dump",), ("pg_restore",))),
    "mysql": ("mariadb-client", (("mysqldump", "mariadb-dump"), ("mysql", "mariadb"))),
}


@register(Tags.database, deploy=True)
def check_programs(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W221: a client program of the server is not installed."""
    package, programs = PROGRAMS.get(vendor(connections.settings[shared_alias()]), ("", ()))
    return [
        Warning(
            f"{names[0]} is not installed, so tenants can't be dumped, restored, cloned or moved from here.",
            hint=f"On Debian, run apt-get install {package}. The image of the Dockerfile has it.",
            id="manydb.W221",
        )
        for names in programs
        if not any(map(shutil.which, names))
    ]
