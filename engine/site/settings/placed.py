"""A site all of whose apps TENANT_APPS places in tenants' databases: accounts, sessions and those of packages."""

from .tenant import *
from .tenant import INSTALLED_APPS

# The engine's apps last, as a project that exists adds them.
INSTALLED_APPS = [
    "django.contrib.sites",
    "django.contrib.flatpages",
    "engine.site.magazine",
    *(app for app in INSTALLED_APPS if not app.startswith("manydb")),
    *(app for app in INSTALLED_APPS if app.startswith("manydb") and "membership" not in app),
]
SITE_ID = 1
TENANT_APPS = ["*"]
SHARED_APPS = ["news.Announcement"]
APP_DATABASES = {"magazine.Printer": "accounts"}
