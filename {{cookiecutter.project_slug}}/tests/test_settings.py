"""Settings modules can be built on with ``from … import *``."""

from importlib import import_module

from django.test import SimpleTestCase


class BuiltOn(SimpleTestCase):
    def test_a_star_import_gives_every_setting(self) -> None:
        for name in ("base", "testing"):
            with self.subTest(name):
                module = f"{{ cookiecutter.project_slug }}.settings.{name}"
                ours: dict[str, object] = {}
                exec(f"from {module} import *", ours)
                settings = {key for key in vars(import_module(module)) if key.isupper()}
                self.assertLessEqual({"INSTALLED_APPS", "ROOT_URLCONF"}, settings)
                self.assertEqual(settings - set(ours), set())
