"""What is kept beside the databases does not cross tenants: caches and stored files (sessions: ``test_sessions``)."""

import copy
import os
import pickle
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.test import SimpleTestCase, override_settings
from django.urls import get_script_prefix, set_script_prefix
from django.utils.module_loading import import_string

from engine.tests.names import OTHER_TENANT, host_of, new_storages
from manydb.core import log_once
from manydb.core.exceptions import TenantRequired
from manydb.tenants.context import current_identity, tenant_context
from manydb.tenants.storage import TenantStorage


class Caches(SimpleTestCase):
    def setUp(self) -> None:
        self.addCleanup(cache.clear)

    def test_no_method_finds_what_another_tenant_keeps(self) -> None:
        with tenant_context("testclient"):
            cache.set("one", "ours")
            cache.set_many({"two": "ours", "number": 1})
        with tenant_context(OTHER_TENANT):
            self.assertIsNone(cache.get("one"))
            self.assertEqual(cache.get_many(["one", "two"]), {})
            self.assertEqual(cache.get_or_set("one", "theirs"), "theirs")
            self.assertTrue(cache.add("two", "theirs"))
            with self.assertRaises(ValueError):
                cache.incr("number")
            cache.delete_many(["one", "two"])
        with tenant_context("testclient"):
            self.assertEqual(cache.get_many(["one", "two"]), {"one": "ours", "two": "ours"})

    def test_without_a_tenant_there_is_a_place_of_its_own(self) -> None:
        cache.set("one", "nobody's")
        with tenant_context("testclient"):
            self.assertIsNone(cache.get("one"))
        self.assertEqual(cache.get("one"), "nobody's")


class Files(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(override_settings(STORAGES=new_storages()))
        with tenant_context("testclient"):
            self.name = default_storage.save("reports/1.txt", ContentFile("ours"))
            self.addCleanup(tenant_context("testclient")(default_storage.delete), self.name)

    def test_each_tenant_sees_its_own(self) -> None:
        self.assertEqual(self.name, "reports/1.txt")
        with tenant_context(OTHER_TENANT):
            self.assertFalse(default_storage.exists(self.name))
            self.assertEqual(default_storage.save(self.name, ContentFile("theirs")), self.name)
            self.assertEqual(default_storage.listdir("reports"), ([], ["1.txt"]))
            default_storage.delete(self.name)
        with tenant_context("testclient"):
            self.assertEqual(default_storage.open(self.name).read(), b"ours")

    def test_a_tenant_that_has_stored_nothing_has_an_empty_list(self) -> None:
        with TemporaryDirectory() as folder, tenant_context(OTHER_TENANT):
            storage = TenantStorage(location=folder)
            self.assertEqual(storage.listdir(""), ([], []))
            with self.assertRaises(FileNotFoundError):
                storage.listdir("reports")

    def test_what_is_known_of_one_is_known_to_its_tenant(self) -> None:
        with tenant_context("testclient"):
            self.assertEqual(default_storage.size(self.name), 4)
            for when in ("accessed", "created", "modified"):
                time = getattr(default_storage, f"get_{when}_time")(self.name)
                self.assertGreater(time.year, 2000)

    def test_an_address_on_another_host_stays_as_it_is(self) -> None:
        elsewhere = TenantStorage(base_url="https://files.example/")
        settings.MEDIA_URL  # noqa: B018  at its first use Django puts the prefix before it, for good
        self.addCleanup(set_script_prefix, get_script_prefix())
        set_script_prefix("/t/testclient/")
        with tenant_context("testclient"):
            self.assertEqual(
                elsewhere.url("1.txt"), f"https://files.example/{current_identity()}/1.txt"
            )

    def test_no_name_leads_to_another_tenants(self) -> None:
        ways = ("../testclient/reports/1.txt", "/testclient/reports/1.txt", "a\\..\\..\\testclient")
        for name in ways:
            for attempt in (default_storage.open, default_storage.delete, default_storage.url):
                with (
                    self.subTest(name),
                    tenant_context(OTHER_TENANT),
                    self.assertRaises(SuspiciousFileOperation),
                ):
                    attempt(name)

    def test_an_address_that_names_no_tenant_by_its_uuid_is_refused_and_logged_once(self) -> None:
        with (
            patch.object(log_once, "_written", set()),
            self.assertLogs("manydb.tenants.storage", "WARNING") as logged,
        ):
            for _ in range(2):
                answer = self.client.get(
                    "/media/testclient/reports/1.txt", headers={"host": host_of("testclient")}
                )
                self.assertEqual(answer.status_code, 404)
        self.assertEqual(len(logged.records), 1)

    def test_without_a_tenant_there_are_none(self) -> None:
        with self.assertRaises(TenantRequired):
            default_storage.exists(self.name)

    def test_an_address_is_good_on_its_own_host_only(self) -> None:
        with tenant_context("testclient"):
            address = default_storage.url(self.name)
        ours = self.client.get(address, headers={"host": host_of("testclient")})
        self.assertEqual(ours.getvalue(), b"ours")
        self.assertIn("attachment", ours["Content-Disposition"])
        folder = address.rpartition("/")[0]
        for host, path in (
            (host_of(OTHER_TENANT), address),
            ("testserver", address),
            (host_of("testclient"), folder),
            (host_of("testclient"), "/media/testclient/reports/1.txt"),
            (host_of("testclient"), f"{folder}/none.txt"),
            (host_of("testclient"), f"{folder}/../../{OTHER_TENANT}/1.txt"),
            (host_of("testclient"), f"{address}/below-a-file.txt"),
            (host_of("testclient"), f"{folder}/a%00b.txt"),
            (host_of("testclient"), f"{folder}/%00"),
            (host_of("testclient"), f"{folder}/{'n' * 300}.txt"),
            (host_of("testclient"), f"{folder}/{'folder/' * 1000}.txt"),
            (host_of("testclient"), f"{folder}/%F0%9F%92%BE%E2%80%AE.txt"),
            (host_of("testclient"), f"{folder}/%2e%2e/%2e%2e/{OTHER_TENANT}/1.txt"),
            (host_of("testclient"), f"{folder}/..%5c..%5c{OTHER_TENANT}%5c1.txt"),
        ):
            with self.subTest(host, path=path):
                self.assertEqual(self.client.get(path, headers={"host": host}).status_code, 404)


class Dated(FileSystemStorage):
    """A storage of a project, with methods and rules for names of its own."""

    def get_valid_name(self, name: str) -> str:
        return super().get_valid_name(name).lower()

    def versions(self, folder: str) -> list[str]:
        return sorted(os.listdir(os.path.join(self.location, folder))) + self.listdir(folder)[1]


class Zipped(Dated):
    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        return super().save(f"{name}.gz", content, max_length)


class Flat(Dated):
    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name.replace("/", "-")

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        return super().save(name, content, max_length)


class OwnStorages(SimpleTestCase):
    def made(self, kind: type[Dated], **options: Any) -> Any:
        folder = self.enterContext(TemporaryDirectory())
        return TenantStorage(f"{__name__}.{kind.__name__}", location=folder, **options)

    def test_its_rules_for_names_hold_and_its_methods_see_the_tenants_folder(self) -> None:
        storage = self.made(Dated, allow_overwrite=True)
        self.assertIsInstance(storage, Dated)
        for tenant in ("testclient", OTHER_TENANT):
            with tenant_context(tenant):
                for _ in range(2):
                    name = storage.save(storage.generate_filename("a/B.txt"), ContentFile("ours"))
                    self.assertEqual(name, "a/b.txt")
                self.assertEqual(storage.versions("a"), ["b.txt", "b.txt"])
                storage.save(f"a/{tenant}.txt", ContentFile("ours"))
        with self.assertRaises(TenantRequired):
            storage.versions("a")

    def test_a_save_of_its_own_keeps_the_folder_or_is_refused(self) -> None:
        with tenant_context("testclient"):
            zipped = self.made(Zipped)
            self.assertEqual(zipped.save("a/1.txt", ContentFile("ours"), 20), "a/1.txt.gz")
            self.assertEqual(zipped.open("a/1.txt.gz").read(), b"ours")
            with self.assertRaises(SuspiciousFileOperation):
                self.made(Flat).save("a/1.txt", ContentFile("ours"))

    def test_it_is_copied_pickled_and_written_into_migrations(self) -> None:
        storage = self.made(Dated)
        for again in (copy.deepcopy(storage), pickle.loads(pickle.dumps(storage))):
            self.assertIs(type(again), type(storage))
            self.assertEqual(again.inner.location, storage.inner.location)
        path, args, options = storage.deconstruct()
        self.assertEqual(path, "manydb.tenants.storage.TenantStorage")
        self.assertEqual(
            import_string(path)(*args, **options).inner.location, storage.inner.location
        )
