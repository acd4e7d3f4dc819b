"""``check --deploy`` says that static files were not collected, where their names have hashes."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.checks import run_checks
from django.core.management import call_command
from django.test import SimpleTestCase, override_settings

HASHED = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
MEMORY = {"BACKEND": "django.core.files.storage.InMemoryStorage"}


class Collected(SimpleTestCase):
    def found(self) -> set[str]:
        messages = run_checks(tags=["staticfiles"], include_deployment_checks=True)
        return {str(message.id) for message in messages}

    def test_a_missing_list_of_names_is_found_until_they_are_collected(self) -> None:
        folder = Path(self.enterContext(TemporaryDirectory()))
        for backend, expected in ((HASHED, {"manydb.W015"}), (PLAIN, set())):
            storages = {"default": MEMORY, "staticfiles": {"BACKEND": backend}}
            with override_settings(STATIC_ROOT=folder / "static", STORAGES=storages):
                self.assertEqual(self.found(), expected)
        storages = {"default": MEMORY, "staticfiles": {"BACKEND": HASHED}}
        with override_settings(STATIC_ROOT=folder / "static", STORAGES=storages):
            call_command("collectstatic", interactive=False, verbosity=0)
            self.assertEqual(self.found(), set())
