"""TEST_TENANT: which databases a test may use that was written without tenants in mind."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any
from unittest import mock

from django.db import connections
from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings

from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import TenantRequired, WrongTenant
from manydb.patches import databases_of_tests, thread_pools, verified
from manydb.replicas.middleware import ReadYourWrites
from manydb.tenants.context import current_tenant, no_tenant, tenant_context
from manydb.tenants.guard import refuse_statement
from manydb.testing.tenant_of_tests import (
    databases_meant,
    databases_meant_for_fixtures,
    with_its_tenant,
)

CASES = [
    ({"default"}, [], {"default", "TESTCLIENT"}),
    ({"default"}, ["staff"], {"default", "TESTCLIENT"}),
    ({"default", "accounts"}, [], {"default", "accounts", "TESTCLIENT"}),
    ({"default", "accounts"}, ["staff"], {"default", "accounts"}),
    ({OTHER_ALIAS}, [], {OTHER_ALIAS}),
    (set(), [], set()),
]


@override_settings(TEST_TENANT="testclient")
class Databases(SimpleTestCase):
    databases = {"TESTCLIENT"}

    def test_a_test_that_names_default_may_use_that_of_its_tenant(self) -> None:
        djangos = vars(SimpleTestCase)["_validate_databases"]
        find = databases_of_tests.utils.get_unique_databases_and_mirrors
        with (
            mock.patch.object(SimpleTestCase, "_validate_databases", djangos),
            mock.patch.object(databases_of_tests.utils, "get_unique_databases_and_mirrors", find),
        ):
            databases_of_tests.install(databases_meant, databases_meant_for_fixtures)
            for base in (TestCase, TransactionTestCase):
                for named, fixtures, meant in CASES:
                    kind = type("Case", (base,), {"databases": named, "fixtures": fixtures})
                    with self.subTest(base=base, named=named, fixtures=fixtures):
                        kind._validate_databases()
                        self.assertEqual(kind.databases, meant)

    def test_a_run_makes_the_database_that_some_test_may_use(self) -> None:
        self.assertEqual(
            databases_meant({"default", "accounts"}), {"default", "accounts", "TESTCLIENT"}
        )

    def test_without_the_runner_and_the_plugin_the_error_names_them(self) -> None:
        with no_tenant(), mock.patch.dict(verified):
            verified.pop(databases_of_tests.PATCH.name, None)
            with self.assertRaisesRegex(TenantRequired, "-p manydb.testing.pytest_plugin"):
                list(Note.objects.all())

    def test_a_test_without_a_database_is_refused_on_an_open_connection(self) -> None:
        """pytest-django refuses so what has no mark ``django_db``."""
        with tenant_context("testclient"):
            connections["TESTCLIENT"].ensure_connection()
            refused = mock.patch.object(
                BaseDatabaseWrapper, "ensure_connection", side_effect=RuntimeError("not allowed")
            )
            with refused, self.assertRaisesRegex(RuntimeError, "not allowed"):
                Note.objects.count()


class Threads(SimpleTestCase):
    def setUp(self) -> None:
        self.seen: list[str | None] = []
        djangos = [(Thread, "start"), (ThreadPoolExecutor, "submit"), (Future, "add_done_callback")]
        for owner, name in djangos:
            self.enterContext(mock.patch.object(owner, name, getattr(owner, name)))
        for keep in (thread_pools.keep_in_threads, thread_pools.keep):
            keep(with_its_tenant)
        self.enterContext(tenant_context("testclient"))  # as TEST_TENANT is

    def look(self) -> None:
        thread = Thread(target=lambda: self.seen.append(current_tenant()))
        thread.start()
        thread.join()

    def test_a_thread_that_a_test_starts_has_its_tenant(self) -> None:
        self.look()
        with no_tenant():
            self.look()
        self.assertEqual(self.seen, ["testclient", None])

    def test_a_thread_that_a_request_starts_has_none(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            self.look()
            return HttpResponse()

        ReadYourWrites(view)(HttpRequest())
        self.assertEqual(self.seen, [None])

    def test_a_pool_works_for_who_asked(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            found = [pool.submit(current_tenant).result()]
            with no_tenant():
                found.append(pool.submit(current_tenant).result())
        self.assertEqual(found, ["testclient", None])


class OfTwoTenants(TestCase):
    """The test's transactions, and the look at constraints when it ends, are of both databases."""

    databases = {"TESTCLIENT", OTHER_ALIAS}

    @classmethod
    def setUpClass(cls) -> None:
        cls.enterClassContext(tenant_context("testclient"))  # as TEST_TENANT is
        super().setUpClass()

    def test_each_tenant_has_its_rows_while_the_tenant_of_tests_is_active(self) -> None:
        Note.objects.create(text="Ours")
        with tenant_context(OTHER_TENANT):
            Note.objects.create(text="Theirs")
            self.assertEqual(Note.objects.get().text, "Theirs")
        self.assertEqual(Note.objects.get().text, "Ours")

    def test_the_test_database_of_each_is_made_and_dropped(self) -> None:
        theirs = connections[OTHER_ALIAS]
        server: Any = type(theirs)(theirs.settings_dict, NO_DB_ALIAS)  # as Django makes it
        refuse_statement(server, "CREATE DATABASE test_theirs")
        with self.assertRaises(WrongTenant):
            refuse_statement(theirs, "CREATE DATABASE test_theirs")

    def test_a_statement_that_only_begins_like_one_of_a_transaction_is_refused(self) -> None:
        for sql in (
            "SAVEPOINT one; DELETE FROM notes_note",
            "ROLLBACKS",
            "BEGIN NOT ATOMIC x; END",
        ):
            with (
                self.subTest(sql),
                self.assertRaises(WrongTenant),
                connections[OTHER_ALIAS].cursor() as cursor,
            ):
                cursor.execute(sql)
