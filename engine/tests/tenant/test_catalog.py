"""The catalog: what it knows of a tenant, and for how long a process believes it."""

from time import sleep
from unittest.mock import patch

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.db import connection, connections, transaction
from django.db.utils import ConnectionHandler
from django.test import TestCase, override_settings

from engine.tests.names import OTHER_TENANT
from manydb.core.routing import alias_of_tenant, facts, primaries
from manydb.tenants import catalog, catalog_mapping, servers, settings_checks
from manydb.tenants.context import tenant_context
from manydb.tenants.lifecycle.catalog_rows import existing
from manydb.tenants.middleware import aliases_of_request
from manydb.tenants.models import Tenant
from manydb.tenants.records import TenantRecord


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
        self.assertNotIn("newcomer", settings.DATABASES)

    def test_its_entry_has_all_that_django_gives_an_alias(self) -> None:
        self.create()
        django_s = ConnectionHandler({"default": {}}).settings["default"]
        for alias in ("NEWCOMER", "NEWCOMER_RO"):
            self.assertLessEqual(set(django_s), set(settings.DATABASES[alias]))
            self.assertLessEqual(set(django_s["TEST"]), set(settings.DATABASES[alias]["TEST"]))

    def test_atomic_requests_are_the_active_tenants(self) -> None:
        self.create()
        for alias in ("default", "TESTCLIENT", "TESTCLIENT_RO", "NEWCOMER"):
            self.enterContext(patch.dict(settings.DATABASES[alias], ATOMIC_REQUESTS=True))

        self.assertEqual(list(aliases_of_request()), ["default"])
        for tenant in ("testclient", "newcomer"):
            with self.subTest(tenant), tenant_context(tenant):
                self.assertEqual(list(aliases_of_request()), ["default", tenant.upper()])

    def test_what_is_walked_does_not_hang_on_who_is_active_or_what_is_open(self) -> None:
        self.create()
        listed = dict(settings.DATABASES)
        with tenant_context("newcomer"):
            self.assertIs(connections["NEWCOMER"].settings_dict, settings.DATABASES["NEWCOMER"])
            for walked in (
                list(settings.DATABASES),
                list(settings.DATABASES.keys()),
                [alias for alias, _ in settings.DATABASES.items()],
            ):
                self.assertEqual(walked, list(listed))
            self.assertEqual(len(settings.DATABASES), len(listed))
            for alias, entry in settings.DATABASES.items():
                self.assertIs(entry, settings.DATABASES[alias])

    @override_settings(
        TENANT_SERVERS={
            "east": {
                "HOST": "east.example",
                "READER": {"HOST": "reader.example"},
                "DIRECT": {"HOST": "direct.example"},
            }
        }
    )
    def test_it_is_on_the_server_of_its_row(self) -> None:
        tenant = self.create(server="east")
        self.assertEqual(settings.DATABASES["NEWCOMER"]["HOST"], "east.example")
        self.assertEqual(settings.DATABASES["NEWCOMER_RO"]["HOST"], "reader.example")
        for alias in ("NEWCOMER", "NEWCOMER_RO"):  # none of it is the driver's business
            self.assertFalse({"READER", "DIRECT"} & set(settings.DATABASES[alias]))
        tenant.server = "west"
        tenant.save()
        with self.assertRaisesRegex(Exception, "'west', which TENANT_SERVERS does not have"):
            settings.DATABASES["NEWCOMER"]

    def test_a_row_that_names_a_shared_database_is_refused_when_it_is_used(self) -> None:
        tenant = TenantRecord("newcomer", "NEWCOMER", "newcomer")
        for alias in ("default", "accounts", "accounts_RO"):
            shared = connections.settings[alias]
            connect = lambda database, replica: None if replica else dict(shared)  # noqa: B023, E731
            with (
                self.subTest(alias),
                patch.dict(shared, NAME=f"shop_{alias}"),
                self.assertRaisesRegex(ImproperlyConfigured, f"'newcomer' is in the .* '{alias}'"),
            ):
                servers.entries(tenant, connect)

    @override_settings(
        TENANT_SERVERS={
            "same": {"HOST": "a.example", "READER": {"HOST": "b.example"}},
            "other": {"ENGINE": "django.db.backends.oracle"},
            "reader": {"HOST": "a.example", "READER": {"ENGINE": "django.db.backends.oracle"}},
        }
    )
    def test_a_server_of_another_engine_is_refused_by_check(self) -> None:
        found = settings_checks.check_servers(None)
        self.assertEqual([message.id for message in found], ["manydb.E212"] * 2)
        self.assertIn("TENANT_SERVERS['other']", found[0].msg)
        self.assertIn("TENANT_SERVERS['reader']", found[1].msg)

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
                "INSERT INTO manydb_tenants_tenant (uuid, name, database, server, state, command, phase, source, run,"
                " state_before, error, fingerprint, other_database, other_server, created_at,"
                " adopted, account) VALUES"
                " ('1d5a4b8c0b5d4f0c8a3e6c7f9b2d1e0a', 'newcomer', 'x', '', 'ready', '', '', '', '', '', '', '', '', '', '2026-01-01', '', '')"
            )
        self.assertIsNone(catalog.find("newcomer"))
        sleep(0.02)
        with override_settings(TENANT_CACHE_SECONDS=0.02):
            self.assertIsNotNone(catalog.find("newcomer"))

    @override_settings(TENANT_CACHE_SECONDS=0, TENANT_SERVERS={"elsewhere": {}})
    @patch.object(catalog_mapping, "_TRUSTED", 0)
    def test_a_move_by_another_process_is_known_too(self) -> None:
        self.create()
        self.assertEqual(settings.DATABASES["NEWCOMER"]["SERVER"], "")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE manydb_tenants_tenant SET server = 'elsewhere'")
        self.assertEqual(settings.DATABASES["NEWCOMER"]["SERVER"], "elsewhere")

    def test_what_can_name_no_tenant_is_not_asked_for(self) -> None:
        with self.assertNumQueries(0):
            for name in ("no\0body", "www.newcomer", "newcomer_ro", "x" * 31):
                self.assertIsNone(catalog.find(name))

    def test_an_alias_that_is_listed_and_no_tenants_is_none(self) -> None:
        with patch.dict(connections.settings, {"ADOPTED": {}}):
            self.assertIsNone(catalog.find("adopted"))

    async def test_who_admits_takes_no_outdated_answer_in_an_event_loop(self) -> None:
        ask_host = sync_to_async(catalog.find_by_host)
        self.assertEqual((await catalog.afind("nobody"), await ask_host("nobody")), (None, None))
        with override_settings(TENANT_CACHE_SECONDS=0):
            self.assertIsNone(catalog.find("nobody"))
            with self.assertRaises(SynchronousOnlyOperation):
                catalog.find("nobody", fresh=True)
            with self.assertRaises(SynchronousOnlyOperation):
                catalog.find_by_host("nobody")


@override_settings(TENANTS_ALWAYS_READY=False)
class ListedTenants(TestCase):
    """Those of TENANTS need no row. What one says counts."""

    def setUp(self) -> None:
        before = catalog.find(OTHER_TENANT)
        assert before
        self.assertEqual(before.state, "ready")
        self.before = before.owner
        Tenant.objects.create(name="newcomer", database="its_own", state="ready")
        row = existing(OTHER_TENANT)  # which takes its UUID over
        row.state = "suspended"
        row.save()

    def test_a_row_says_whether_it_is_served_and_changes_nothing_else_of_it(self) -> None:
        self.assertEqual(catalog.find(OTHER_TENANT).state, "suspended")  # type: ignore[union-attr]
        self.assertEqual(catalog.owner_of(OTHER_TENANT), self.before)

    def test_each_is_listed_once_with_its_state(self) -> None:
        ready = [record.name for record in catalog.all_ready()]
        self.assertEqual(len(ready), len(set(ready)))
        self.assertNotIn(OTHER_TENANT, ready)
        self.assertLessEqual({"testclient", "newcomer"}, set(ready))
        away = [record.name for record in catalog.iterate("suspended", chunk=1)]
        self.assertEqual(away, [OTHER_TENANT])
        every = sorted(record.name for record in catalog.iterate(chunk=1))
        self.assertEqual(every, sorted([*ready, *away]))

    def test_what_was_listed_just_now_is_not_asked_for(self) -> None:
        for record in catalog.all_ready():
            catalog.remember(record)
        with self.assertNumQueries(0):
            self.assertIsNotNone(catalog.find("newcomer"))
