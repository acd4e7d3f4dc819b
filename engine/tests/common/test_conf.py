"""Each setting of the engine has a default, and the project's own value wins."""

import re
from pathlib import Path

from django.conf import global_settings, settings
from django.test import SimpleTestCase, override_settings

import manydb
from manydb.core.conf import SETTINGS, conf
from manydb.core.project import package

ENGINE = Path(manydb.__file__).parent


class ConfTests(SimpleTestCase):
    def test_the_projects_value_wins_while_it_is_there(self) -> None:
        for name, setting in SETTINGS.items():
            with self.subTest(name):
                before = getattr(conf, name)
                value = object()
                with override_settings(**{name: value}):
                    self.assertIs(getattr(conf, name), value)
                self.assertEqual(getattr(conf, name), before)
                with override_settings():
                    if hasattr(settings, name):
                        delattr(settings, name)
                    vars(conf).pop(name, None)
                    self.assertEqual(getattr(conf, name), setting.default)
                vars(conf).pop(name, None)

    def test_each_says_what_it_is(self) -> None:
        for name, setting in SETTINGS.items():
            self.assertRegex(setting.doc, r"\A[A-Z].+\.\Z", name)

    def test_a_name_that_is_none_of_them_is_an_error(self) -> None:
        with self.assertRaises(AttributeError):
            conf.TENANT_CASH  # type: ignore[attr-defined]  # noqa: B018

    def test_the_engine_takes_no_setting_for_granted(self) -> None:
        wrong = []
        for path in ENGINE.rglob("*.py"):
            for name in re.findall(r"(?<![\w.`])settings\.([A-Z][A-Z_]+)", path.read_text()):
                if not hasattr(global_settings, name):
                    wrong.append(f"{path.relative_to(ENGINE)}: {name}")
        self.assertFalse(wrong, "Give it a default in core/conf.py")

    @override_settings()
    def test_a_project_need_not_have_urls(self) -> None:
        del settings.ROOT_URLCONF
        self.assertEqual(package(), "")
