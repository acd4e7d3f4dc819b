"""django-import-export in the admin."""

from ..site import *

INSTALLED_APPS = [*INSTALLED_APPS, "import_export", "engine.tests.packages.with_import_export"]
IMPORT_EXPORT_USE_TRANSACTIONS = True
