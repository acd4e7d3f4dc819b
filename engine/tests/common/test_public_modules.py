"""The short public modules hand on the names that they list, and no others."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from unittest import TestCase

from django.apps import apps

import manydb

MODULES = ("admin", "exceptions", "models", "pages", "parameters", "routers", "testing")
APPS = ("replicas", "tenants")  # a project without the app has no use for its names
OF_AN_APP = {
    "active_alias": "tenants",
    "are_of_one_tenant": "tenants",
    "primary_for_tenant": "tenants",
    "refuse_object": "tenants",
    "replica_or_primary": "manydb_replicas",
    "tenant_required": "tenants",
}


class PublicModules(TestCase):
    def test_each_listed_name_is_there(self) -> None:
        modules = [*MODULES, *(app for app in APPS if apps.is_installed(f"manydb.{app}"))]
        for module in map(import_module, (f"manydb.{name}" for name in modules)):
            for name in module.__all__:
                with self.subTest(f"{module.__name__}.{name}"):
                    owner = OF_AN_APP.get(name)
                    if owner is None or owner in apps.app_configs:
                        self.assertTrue(hasattr(module, name))

    def test_a_name_that_is_not_listed_is_an_attribute_error(self) -> None:
        for name in ("admin", "routers", "tenants"):
            with self.subTest(name), self.assertRaisesRegex(AttributeError, "no attribute 'nope'"):
                import_module(f"manydb.{name}").nope  # noqa: B018

    def test_settings_may_import_them_before_apps_are_ready(self) -> None:
        source = (
            "import manydb, manydb.tenants, manydb.routers, manydb.parameters, manydb.exceptions"
        )
        place = Path(manydb.__file__).parents[1]
        subprocess.run([sys.executable, "-c", source], check=True, timeout=60, cwd=place)
