"""A legacy database, of other software's making, with the alias ``attic``, and an app for its models."""

import importlib
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend
from django.test import TransactionTestCase, override_settings
from django.urls import clear_url_caches

from manydb.admin import register_app

TRAPS = Path(__file__).parent / "traps"
MARKS = {"ROLE": "shared", "TENANT": None, "TIME_ZONE": None}


@override_settings(TIME_ZONE="Asia/Tokyo")
class AtticCase(TransactionTestCase):
    """The database is a file, or on the server of this run: ``make()`` makes it, and again.

    ``TestCase`` would open a transaction, in which no server makes a database.
    """

    databases: ClassVar[set[str]] = {"default"}

    def setUp(self) -> None:
        # Known to Django only from here on, so that no test can declare it.
        self.enterContext(patch.object(type(self), "databases", {*self.databases, "attic"}))
        self.engine = connections["default"].vendor
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        # Byte code counts as that of a file which was written again in the same second, with as many letters.
        self.enterContext(patch.object(sys, "dont_write_bytecode", True))
        (self.folder / "attic").mkdir()
        (self.folder / "attic" / "__init__.py").touch()
        self.models = self.folder / "attic" / "models.py"
        ours = connections["default"].settings_dict
        self.name = f"{ours['NAME']}_attic"
        entry = {key: ours[key] for key in ("ENGINE", "HOST", "PORT", "USER", "PASSWORD")}
        if self.engine == "sqlite":
            self.name = str(self.folder / "attic.sqlite3")
        entry |= MARKS | {"NAME": self.name}
        self.entry = connections.configure_settings({"default": {}, "attic": entry})["attic"]
        connections.settings["attic"] = self.entry
        self.addCleanup(connections.settings.pop, "attic")
        self.connect()
        self.addCleanup(self._forget)

    def connect(self) -> None:
        connections["attic"] = load_backend(self.entry["ENGINE"]).DatabaseWrapper(
            self.entry, "attic"
        )

    def _forget(self) -> None:
        connections["attic"].close()
        del connections["attic"]
        if self.engine != "sqlite":
            self._on_server(f"DROP DATABASE IF EXISTS {self._quoted()}")

    def _quoted(self) -> str:
        return connections["default"].ops.quote_name(self.name)

    def _on_server(self, statement: str) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute(statement)

    def make(self, sql: str) -> None:
        """The database, with the tables of this script and no others."""
        connections["attic"].close()
        if self.engine == "sqlite":
            Path(self.name).unlink(missing_ok=True)
            with sqlite3.connect(self.name) as file:
                file.executescript(sql)
            file.close()
            return
        encoding = " CHARACTER SET utf8mb4" if self.engine == "mysql" else ""
        self._on_server(f"DROP DATABASE IF EXISTS {self._quoted()}")
        self._on_server(f"CREATE DATABASE {self._quoted()}{encoding}")
        with connections["attic"].cursor() as cursor:
            cursor.execute(sql)  # each statement of it
            while getattr(cursor, "nextset", bool)():
                pass
        connections["attic"].close()  # what the script has set is not for what reads the tables

    def make_traps(self) -> None:
        self.make((TRAPS / f"{self.engine}.sql").read_text(encoding="utf-8"))

    def inspect(self) -> tuple[str, str]:
        """Writes the models of the app; what is in the file, and what the command said."""
        said = StringIO()
        options = {"output": self.models, "yes": True, "class_names": "table"}
        call_command("inspect_legacy", "attic", stdout=StringIO(), stderr=said, **options)
        return self.models.read_text(encoding="utf-8"), said.getvalue()

    @contextmanager
    def installed(self, app: str = "attic", folder: Path | None = None) -> Iterator[list[Any]]:
        """The models of an app in this folder, which is one of the site's in here."""
        label, place = app.rpartition(".")[2], str(folder or self.folder)
        sys.path.insert(0, place)
        importlib.invalidate_caches()
        try:
            with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, app]):
                yield list(apps.get_app_config(label).get_models())
        finally:
            # The admin looks for the admin.py of each app whenever the list of apps changes.
            for each in [model for model in admin.site._registry if model._meta.app_label == label]:
                admin.site.unregister(each)
            sys.path.remove(place)
            package = app.partition(".")[0]
            for name in [name for name in sys.modules if name.partition(".")[0] == package]:
                del sys.modules[name]
            apps.all_models.pop(label, None)
            apps.clear_cache()

    def list_of(self, model: Any) -> Any:
        """The page that lists this model's rows in the admin, inside ``installed()``."""
        urls = "from django.contrib import admin\nfrom django.urls import path\n"
        urls += 'urlpatterns = [path("admin/", admin.site.urls)]\n'
        (self.folder / "attic" / "urls.py").write_text(urls)
        register_app("attic")
        try:
            with override_settings(ROOT_URLCONF="attic.urls"):
                user, _ = get_user_model().objects.get_or_create(
                    username="root", is_superuser=True, is_staff=True
                )
                self.client.force_login(user)
                return self.client.get(f"/admin/attic/{model._meta.model_name}/")
        finally:
            for each in apps.get_app_config("attic").get_models():
                admin.site.unregister(each)
            sys.modules.pop("attic.urls", None)
            clear_url_caches()
