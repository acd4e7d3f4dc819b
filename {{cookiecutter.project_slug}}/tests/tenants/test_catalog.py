"""The catalog: what it knows of a tenant, and for how long a process believes it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from unittest.mock import patch

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.utils import ConnectionHandler
from django.test import SimpleTestCase, TestCase, override_settings

from {{ cookiecutter.project_slug }}.databases.routing import alias_of_tenant, facts, primaries
from {{ cookiecutter.project_slug }}.tenants import catalog
from {{ cookiecutter.project_slug }}.tenants.cache import TimedCache
from {{ cookiecutter.project_slug }}.tenants.context import tenant_context
from {{ cookiecutter.project_slug }}.tenants.models import Tenant


class Catalog(TestCase):
    def create(self, **fields: str) -> Tenant:
        return Tenant.objects.create(name="newcomer", database="its_own", state="ready", **fields)

    def test_databases_has_every_tenant_but_lists_only_those_of_the_settings(self) -> None:
        self.assertNotIn("NEWCOMER", settings.DATABASES)
        self.create()
        before = list(connections)
        for alias in ("NEWCOMER", "NEWCOMER_RO"):
            self.assertIn(alias, settings.DATABASES)
            self.assertEqual(facts(alias)["TENANT"], "newcomer")
        self.assertEqual(facts("NEWCOMER_RO")["REPLICA_OF"], "NEWCOMER")
        self.assertEqual(alias_of_tenant("newcomer"), "NEWCOMER")
        self.assertEqual(list(connections), before)
        self.assertNotIn("NEWCOMER", primaries())

    def test_its_entry_has_all_that_django_gives_an_alias(self) -> None:
        self.create()
        django_s = ConnectionHandler({"default": {}}).settings["default"]
        for alias in ("NEWCOMER", "NEWCOMER_RO"):
            self.assertLessEqual(set(django_s), set(settings.DATABASES[alias]))
            self.assertLessEqual(set(django_s["TEST"]), set(settings.DATABASES[alias]["TEST"]))

    def test_atomic_requests_are_the_active_tenants(self) -> None:
        self.create()
        for alias in ("TESTCLIENT", "TESTCLIENT_RO", "NEWCOMER"):
            self.enterContext(patch.dict(settings.DATABASES[alias], ATOMIC_REQUESTS=True))

        def atomic() -> list[str]:
            return [name for name, entry in settings.DATABASES.items() if entry["ATOMIC_REQUESTS"]]

        self.assertEqual(atomic(), [])
        for tenant in ("testclient", "newcomer"):
            with self.subTest(tenant), tenant_context(tenant):
                self.assertEqual(atomic(), [tenant.upper()])

    @override_settings(
        TENANT_SERVERS={"east": {"HOST": "east.example", "READER": {"HOST": "reader.example"}}}
    )
    def test_it_is_on_the_server_of_its_row(self) -> None:
        tenant = self.create(server="east")
        self.assertEqual(settings.DATABASES["NEWCOMER"]["HOST"], "east.example")
        self.assertEqual(settings.DATABASES["NEWCOMER_RO"]["HOST"], "reader.example")
        tenant.server = "west"
        tenant.save()
        with self.assertRaisesRegex(Exception, "'west', which TENANT_SERVERS does not have"):
            settings.DATABASES["NEWCOMER"]

    def test_a_change_is_known_at_once_where_it_is_saved(self) -> None:
        self.assertIsNone(catalog.find("newcomer"))
        tenant = self.create()
        self.assertEqual(catalog.find("newcomer").state, "ready")  # type: ignore[union-attr]
        Tenant.objects.update(state="suspended")
        self.assertEqual(catalog.find("newcomer").state, "suspended")  # type: ignore[union-attr]
        tenant.delete()
        self.assertIsNone(catalog.find("newcomer"))

    def test_what_was_rolled_back_is_known_to_nobody(self) -> None:
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            self.create()
            self.assertIsNotNone(catalog.find("newcomer"))
            raise ZeroDivisionError
        self.assertIsNone(catalog.find("newcomer"))

    def test_a_change_by_another_process_is_known_when_its_time_is_up(self) -> None:
        self.addCleanup(catalog.forget)
        self.assertIsNone(catalog.find("newcomer"))
        with connection.cursor() as cursor:  # which sends no signal, as another process does not
            cursor.execute(
                "INSERT INTO tenants_tenant (name, database, server, state, step, error, fingerprint,"
                " other_database, other_server, created_at)"
                " VALUES ('newcomer', 'x', '', 'ready', '', '', '', '', '', '2026-01-01')"
            )
        self.assertIsNone(catalog.find("newcomer"))
        sleep(0.02)
        with override_settings(TENANT_CACHE_SECONDS=0.02):
            self.assertIsNotNone(catalog.find("newcomer"))

    def test_tenants_are_listed_with_those_that_only_the_settings_name(self) -> None:
        self.create()
        names = [record.name for record in catalog.all_ready()]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({"testclient", "newcomer"}, set(names))


class Cache(SimpleTestCase):
    def test_threads_that_miss_at_the_same_time_load_once(self) -> None:
        loads = []
        cache = TimedCache(lambda key: loads.append(key) or sleep(0.05))
        started = Barrier(8)

        def ask() -> None:
            started.wait()
            cache.get("key", 60)

        with ThreadPoolExecutor(8) as threads:
            for each in [threads.submit(ask) for _ in range(8)]:
                each.result()
        self.assertEqual(loads, ["key"])

    def test_what_changed_while_it_was_loaded_is_loaded_again(self) -> None:
        values = ["old", "new"]

        def load(key: str) -> str:
            value = values.pop(0)
            if value == "old":
                cache.forget(key)  # another thread saves, after the row was read
            return value

        cache = TimedCache(load)
        self.assertEqual([cache.get("key", 60), cache.get("key", 60)], ["old", "new"])

    def test_it_holds_no_more_than_it_may(self) -> None:
        loads = []
        cache = TimedCache(lambda key: loads.append(key), size=2)
        for key in "abca":
            cache.get(key, 60)
        self.assertEqual(loads, list("abca"))
