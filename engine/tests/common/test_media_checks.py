"""``check --deploy`` says where uploads would fail."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.checks import run_checks
from django.test import SimpleTestCase, override_settings

from manydb.core import media_checks

TENANT_STORAGE = "manydb.tenants.storage.TenantStorage"
PLAIN = "django.core.files.storage.FileSystemStorage"
STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SCRIPT = """
import os, sys
from pathlib import Path
from manydb.core.media_checks import is_writable
if os.geteuid() == 0:
    os.setuid(65534)  # a user to whom nothing belongs
print(*(is_writable(Path(folder)) for folder in sys.argv[1:]))
"""


class MediaRoot(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))

    def found(self, root: Path, **storage: object) -> list[str]:
        given = {"default": {"BACKEND": PLAIN, **storage}, "staticfiles": STATIC}
        with override_settings(MEDIA_ROOT=str(root), STORAGES=given):
            return [message.msg for message in media_checks.check_media_root(None)]

    def test_a_folder_of_this_user_is_fine_whether_it_is_there_or_not(self) -> None:
        self.assertEqual(self.found(self.folder), [])
        self.assertEqual(self.found(self.folder / "not" / "yet"), [])

    def test_another_is_named(self) -> None:
        (self.folder / "file").write_text("")
        (message,) = self.found(self.folder / "file" / "media")
        self.assertIn(str(self.folder / "file" / "media"), message)

    def test_a_storage_elsewhere_has_no_folder(self) -> None:
        root = self.folder / "file"
        root.write_text("")
        memory = "django.core.files.storage.InMemoryStorage"
        self.assertEqual(self.found(root, BACKEND=memory), [])

    def test_the_user_who_serves_pages_is_asked(self) -> None:
        self.folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *map(str, (self.folder, self.folder / "not" / "yet"))],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path)},
        )
        self.assertEqual(done.stdout, "False False\n")

    def test_only_a_deployment_is_checked(self) -> None:
        (self.folder / "file").write_text("")
        with override_settings(
            MEDIA_ROOT=str(self.folder / "file"),
            STORAGES={"default": {"BACKEND": PLAIN}, "staticfiles": STATIC},
        ):
            ids = [
                {
                    message.id
                    for message in run_checks(tags=["files"], include_deployment_checks=deploy)
                }
                for deploy in (False, True)
            ]
        self.assertEqual(ids, [set(), {"manydb.W014"}])
