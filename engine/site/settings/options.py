"""A site with TenantRouter on databases of its own, which a process of tests makes: those of ``tests/options_life.py``.

OPTIONS_CASE is JSON: ``entry`` differs in every entry of DATABASES, ``default`` in that of ``default`` alone.
"""

import json
import os
from typing import Any

import manydb
from manydb import Database
from manydb.core.entries import overlaid

from ..databases import server
from .tenant import *
from .tenant import BASE_DIR, ENGINE, HOST

CASE: dict[str, Any] = json.loads(os.environ.get("OPTIONS_CASE", "{}"))
FOLDER = os.environ.get("OPTIONS_FOLDER", str(BASE_DIR))
PREFIX = os.environ.get("OPTIONS_PREFIX", "options_")

FILES = {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{FOLDER}/{{name}}.sqlite3"}
ENTRY = server(ENGINE, HOST) | {"NAME": "{name}", "TEST": {}} if HOST else FILES

SHARED = [Database(alias, name=f"{PREFIX}0{alias}") for alias in ("default", "accounts")]
DATABASES = manydb.databases(
    SHARED,
    tenants=["acme"],
    prefix=PREFIX,
    primary=overlaid(ENTRY, CASE.get("entry", {})),
    replica={},
)
DATABASES["default"].update(overlaid(DATABASES["default"], CASE.get("default", {})))

TENANTS_ALWAYS_READY = False
MEDIA_ROOT = f"{FOLDER}/media"
DEBUG = True  # which bootstrap asks for
TENANT_SPARES = 1
