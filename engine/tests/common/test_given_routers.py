"""``manydb.routers`` has the routers that generated projects get as their own, word for word."""

import ast
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.test import SimpleTestCase
from django.utils.module_loading import import_string

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "routers"
GIVEN = {
    "DBRouter": ("simple", "manydb.core.db_router", "manydb"),
    "ReplicaRouter": ("replica", "manydb.replicas.replica_router", "manydb.replicas"),
    "TenantRouter": ("tenant", "manydb.tenants.tenant_router", "manydb.tenants"),
}


def body(source: str) -> str:
    """The classes and functions, without imports."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return ast.dump(tree)


class GivenRoutersTests(SimpleTestCase):
    def test_each_is_that_of_generated_projects(self) -> None:
        for name, (template, module, app) in GIVEN.items():
            if not apps.is_installed(app):
                continue
            with self.subTest(name):
                ours = Path(str(import_module(module).__file__)).read_text()
                theirs = (TEMPLATES / f"{template}.py").read_text()
                self.assertEqual(body(ours), body(theirs))
                given = import_string(f"manydb.routers.{name}")
                self.assertEqual((given.__module__, given.__name__), (module, name))
