"""A process imports the parts of the engine that it uses, and no others: starting one costs what it needs."""

import subprocess
import sys
from pathlib import Path

from django.test import SimpleTestCase

import manydb

SCRIPT = """
import sys
from django.conf import settings
router, *apps = sys.argv[1:]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DATABASE_ROUTERS=[f"manydb.routers.{router}"],
    INSTALLED_APPS=[
        "manydb", "manydb.fleet", "manydb.legacy", *apps,
        *(f"django.contrib.{app}" for app in ("admin", "auth", "contenttypes", "messages", "sessions")),
    ],
    SECRET_KEY="x",
)
import django
django.setup()
print(*sys.modules)
"""
# What no process needs that only serves requests, and has no models of legacy databases.
UNUSED = (
    *("backends", "contrib", "presets", "testing"),
    *("parameters.aws_secrets_manager", "parameters.aws_ssm", "parameters.vault"),
    *("fleet.migrate", "fleet.rollout", "fleet.worker", "fleet.deployment.deployment_plan"),
    *("legacy.admin.model_admin", "legacy.adoption", "legacy.columns", "legacy.dialects"),
    *("legacy.drift", "legacy.introspect", "legacy.management"),
    *("legacy.kept", "legacy.identifiers", "legacy.english", "legacy.spelling", "legacy.tables"),
    *("tenants.lifecycle", "tenants.row_moves", "tenants.management", "tenants.websockets"),
    *(
        "core.command_rules",
        "core.operations",
        "core.status",
        "core.pending_migrations",
        "core.connection_rules",
    ),
    *("core.middleware_order", "tenants.upgrade_state"),
)
# Modules of checks, which no process runs that serves requests. These two are none.
NO_CHECKS = {"manydb.core.late_checks", "manydb.patches.health_checks"}
# Django's own and Python's that no start needs, and that the engine alone would bring.
NOT_OURS = {"django.db.migrations.loader", "django.db.models.sql.compiler", "importlib.resources"}
# The apps of each router, what it leaves out besides, and the most that the engine may have of Django's modules.
ROUTERS: dict[str, tuple[list[str], tuple[str, ...], float]] = {
    "DBRouter": ([], ("replicas", "tenants"), 0.27),
    "ReplicaRouter": (["manydb.replicas"], ("tenants",), 0.35),
    "TenantRouter": (["manydb.replicas", "manydb.tenants"], (), 0.55),
}


class UnusedParts(SimpleTestCase):
    def test_what_is_not_used_is_not_imported(self) -> None:
        for router, (apps, left_out, most) in ROUTERS.items():
            with self.subTest(router):
                modules = self.modules(router, apps)
                for part in (*UNUSED, *left_out):
                    name = f"manydb.{part}"
                    found = [each for each in modules if f"{each}.".startswith(f"{name}.")]
                    self.assertEqual(found, [], name)
                checks = {
                    each
                    for each in modules
                    if each.startswith("manydb.") and each.endswith("_checks")
                }
                self.assertEqual(checks, NO_CHECKS)
                self.assertEqual(NOT_OURS.intersection(modules), set())
                ours, djangos = (
                    sum(each.partition(".")[0] == package for each in modules)
                    for package in ("manydb", "django")
                )
                self.assertLessEqual(ours / djangos, most)

    def modules(self, router: str, apps: list[str]) -> list[str]:
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT, router, *apps],
            cwd=Path(manydb.__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout.split()
