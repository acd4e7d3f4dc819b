"""Modules of checks are imported when checks are run, and then each check is asked."""

import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.core.checks import Warning, run_checks
from django.test import SimpleTestCase, modify_settings

import manydb
from manydb.core import late_checks

ENGINE = Path(manydb.__file__).parent
USES = re.compile(r"^@register\(", re.MULTILINE)


class LateChecks(SimpleTestCase):
    databases = {"default"}

    def test_django_asks_each_check_once(self) -> None:
        asked: Counter[Any] = Counter()
        modules = self.modules()
        kinds = {kind for kind in late_checks.marked if kind[0] in modules}
        self.assertEqual(kinds, late_checks.announced)

        def check_of(kind: Any, each: Any) -> Any:
            def check(**kwargs: Any) -> list[Warning]:
                asked[kind, each] += 1
                return [Warning(each.__name__, id="x")]

            return check

        marked = {
            kind: [check_of(kind, each) for each in found]
            for kind, found in late_checks.marked.items()
        }
        again = modify_settings(INSTALLED_APPS={"append": "django.contrib.sitemaps"})
        with patch.dict(late_checks.marked, marked), again:  # which makes all apps ready again
            found = run_checks(include_deployment_checks=True, databases=["default"])
        expected = [(kind, each) for kind in kinds for each in late_checks.marked[kind]]
        self.assertEqual(asked, Counter(expected))
        self.assertEqual(sum(each.id == "x" for each in found), len(expected))

    def test_no_module_registers_a_check_with_django_itself(self) -> None:
        for module in self.modules():
            self.assertIn("late_checks", vars(import_module(module))["register"].__module__, module)

    def modules(self) -> set[str]:
        """The modules of checks of this site's apps, imported."""
        names = {
            ".".join(["manydb", *path.relative_to(ENGINE).with_suffix("").parts])
            for path in ENGINE.rglob("*.py")
            if USES.search(path.read_text())
        }
        ours = {name for name in names if apps.get_containing_app_config(f"{name}.x")}
        if not apps.is_installed("django.contrib.staticfiles"):
            ours.discard("manydb.core.static_checks")
        for name in ours:
            import_module(name)
        return ours
