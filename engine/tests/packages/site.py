"""The engine's site with the router of this run, for the settings of each package to add to.

``from ..site import *`` has all settings of ``engine.site.settings.tenant`` or ``.replica``.
"""

import os
import tempfile
from importlib import import_module
from typing import Any

ROUTER = os.environ.get("ROUTER", "tenant")

globals().update(
    {
        name: value
        for name, value in vars(import_module(f"engine.site.settings.{ROUTER}")).items()
        if name.isupper()
    }
)
INSTALLED_APPS = [
    app
    for app in globals()["INSTALLED_APPS"]
    if not app.startswith("engine.site.") or app == "engine.site.users"
]
INSTALLED_APPS.append("engine.tests.packages.notes")
SHARED_APPS: list[str] = []
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def of_tenants(*apps: str) -> list[str]:
    """TENANT_APPS: these apps with TenantRouter. With ReplicaRouter all rows are in ``default``."""
    return list(apps) if ROUTER == "tenant" else []


def with_accounts_of_tenants(*apps: str) -> list[str]:
    """TENANT_APPS: these apps, and all that they point to: users, permissions, content types."""
    INSTALLED_APPS[:] = [app for app in INSTALLED_APPS if app != "manydb.tenants.membership"]
    return of_tenants("auth", "contenttypes", "sessions", "admin", "users", *apps)


def in_files(databases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The databases of tests with several threads: those in memory can't be used by two at the same time."""
    folder = tempfile.mkdtemp(prefix="packages-")
    for alias, entry in databases.items():
        if not entry["TEST"].get("MIRROR"):
            entry["TEST"]["NAME"] = f"{folder}/{alias}.sqlite3"
            entry["OPTIONS"] = {**entry.get("OPTIONS", {}), "timeout": 30}
    return databases
