"""Runs a few lines with Django in a process of its own, on databases that a test describes.

Django takes its settings once in a process, so a test that wants others can't have them in its own.
"""

import importlib
import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from .commands import environment
from .servers import MariaDB, Server

PRELUDE = """
import json, sys
import django
from django.conf import settings

settings.configure(DATABASES=json.loads(sys.argv[1]), USE_TZ=True)
django.setup()
from django.db import connection, connections, models, transaction

class Note(models.Model):
    text = models.TextField()

    class Meta:
        app_label = "notes"
"""

SHOW_USER = "cursor = connection.cursor(); cursor.execute('select current_user'); print(cursor.fetchone()[0])"


def connection_to(
    server: Server, name: str, user: str = "", password: str = "", **settings: Any
) -> dict[str, Any]:
    """DATABASES of one database of a server of the kit, as its own user unless another is given."""
    place = {
        "ENGINE": f"django.db.backends.{'mysql' if isinstance(server, MariaDB) else 'postgresql'}",
        "NAME": name,
        "HOST": server.host,
        "PORT": server.port,
        "USER": user or server.user,
        "PASSWORD": password or server.password,
    }
    return {"default": settings | place}


def django(
    databases: Mapping[str, Any],
    lines: str,
    *,
    env: Mapping[str, str] | None = None,
    fails: bool = False,
) -> str:
    """What the lines print; with ``fails``, the last line of their error."""
    clean = {name: value for name, value in environment().items() if not name.startswith("PG")}
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(lines), json.dumps(databases)],
        env=clean | dict(env or {}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert bool(done.returncode) is fails, done.stdout + done.stderr
    return done.stderr.strip().splitlines()[-1] if fails else done.stdout.strip()


def module(name: str) -> ModuleType:
    """A module of the engine that needs no settings, as a process has it when it starts."""
    return importlib.reload(importlib.import_module(name))
