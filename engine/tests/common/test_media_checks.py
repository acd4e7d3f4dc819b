"""``check --deploy`` says where uploads would fail."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from unittest import mock

from django.conf import settings
from django.core.checks import run_checks
from django.core.files.storage import Storage
from django.db import connections
from django.test import SimpleTestCase, override_settings

from manydb.core import media_checks
from manydb.core.placement import shared_alias
from manydb.fleet import account_checks

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


class Refusing(Storage):
    """A store that says why it can't be used."""

    def exists(self, name: str) -> bool:
        raise ConnectionError("no route to the store.")


class Silent(Storage):
    """A store that never answers."""

    def exists(self, name: str) -> bool:
        return Event().wait()


class Stores(SimpleTestCase):
    def found(self, name: str, **options: object) -> list[str]:
        given = {"default": {"BACKEND": name, "OPTIONS": options}, "staticfiles": STATIC}
        with override_settings(STORAGES=given):
            return [message.msg for message in media_checks.check_stores(None)]

    def test_one_that_can_not_be_reached_is_named_with_what_it_says(self) -> None:
        own = f"{__name__}.Refusing"
        sentence = "STORAGES['default'] can't be reached: ConnectionError: no route to the store."
        self.assertEqual(self.found(own), [sentence])
        if "manydb.tenants" in settings.INSTALLED_APPS:  # which has each tenant's folder around it
            self.assertEqual(self.found(TENANT_STORAGE, backend=own), [sentence])
        with mock.patch.object(media_checks, "PATIENCE", 0.0):
            (message,) = self.found(f"{__name__}.Silent")
        self.assertIn("no answer within", message)

    def test_one_that_answers_or_is_a_folder_is_fine(self) -> None:
        self.assertEqual(self.found("django.core.files.storage.InMemoryStorage"), [])
        self.assertEqual(self.found(PLAIN, location="/nowhere"), [])


class Account(SimpleTestCase):
    """The administrator's, which processes that serve pages need not have."""

    def found(self, user: str, password: str, engine: str = "postgresql") -> list[str]:
        entry = connections.settings[shared_alias()] | {
            "ENGINE": f"django.db.backends.{engine}" if "." not in engine else engine
        }
        given = {
            "DATABASE_ADMIN_USER": user,
            "DATABASE_ADMIN_PASSWORD": password,
        }
        with (
            mock.patch.dict(connections.settings, {shared_alias(): entry}),
            mock.patch.dict("os.environ", {name: v for name, v in given.items() if v}),
        ):
            return [message.msg for message in account_checks.check_admin(None)]

    def test_half_of_it_is_found(self) -> None:
        for engine in ("postgresql", "mysql"):
            self.assertEqual(self.found("deployer", "word", engine), [])
            self.assertEqual(self.found("", "", engine), [])
            (without_password,) = self.found("deployer", "", engine)
            (without_user,) = self.found("", "word", engine)
            self.assertIn(
                "DATABASE_ADMIN_USER is set, and DATABASE_ADMIN_PASSWORD", without_password
            )
            self.assertIn("DATABASE_ADMIN_PASSWORD is set, and DATABASE_ADMIN_USER", without_user)
        iam = "manydb.backends.rds_iam_postgresql"
        self.assertEqual(self.found("deployer", "", iam), [])
