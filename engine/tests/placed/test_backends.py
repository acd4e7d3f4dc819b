"""Backends that bring models of their own, as PostGIS does: these are prepared while the backend is half loaded."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase

BACKEND = {
    "base": "from . import models\nfrom django.db.backends.sqlite3.base import DatabaseWrapper\n",
    "models": """
from django.db import models

class Columns(models.Model):
    class Meta:
        app_label, db_table, managed = "auth", "columns", False
""",
}
SETTINGS = """
import manydb

DATABASES = {"default": {"ENGINE": "geo.db.backends.spatial", "NAME": ":memory:"}}
DATABASES = manydb.databases(DATABASES, tenants=["acme"])
DATABASE_ROUTERS = ["manydb.routers.TenantRouter"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
INSTALLED_APPS += ["manydb", "manydb.fleet", "manydb.replicas", "manydb.tenants"]
TENANT_APPS, TENANT_DEFAULT = ["*"], True
SECRET_KEY = "of no importance"
"""


class OwnModels(SimpleTestCase):
    def test_a_backend_with_models_is_loaded(self) -> None:
        folder = Path(self.enterContext(TemporaryDirectory()))
        backend = folder / "geo" / "db" / "backends" / "spatial"
        backend.mkdir(parents=True)
        for name, text in BACKEND.items():
            (backend / f"{name}.py").write_text(text)
        (folder / "geo_settings.py").write_text(SETTINGS)
        done = subprocess.run(
            [sys.executable, "-c", "import django; django.setup()"],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)]),
                "DJANGO_SETTINGS_MODULE": "geo_settings",
            },
            capture_output=True,
            text=True,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
