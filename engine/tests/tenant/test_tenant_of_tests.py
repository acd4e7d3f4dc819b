"""TEST_TENANT: which databases a test may use that was written without tenants in mind."""

from unittest import mock

from django.db import connections
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings

from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import WrongTenant
from manydb.patches import databases_of_tests
from manydb.tenants.context import tenant_context
from manydb.testing.tenant_of_tests import databases_meant, databases_meant_by_one

CASES = [
    ({"default"}, {"default", "TESTCLIENT"}),
    ({"default", "accounts"}, {"default", "accounts"}),
    ({OTHER_ALIAS}, {OTHER_ALIAS}),
    (set(), set()),
]


@override_settings(TEST_TENANT="testclient")
class Databases(SimpleTestCase):
    def test_a_test_that_names_databases_has_these_and_no_others(self) -> None:
        djangos = vars(SimpleTestCase)["_validate_databases"]
        find = databases_of_tests.utils.get_unique_databases_and_mirrors
        with (
            mock.patch.object(SimpleTestCase, "_validate_databases", djangos),
            mock.patch.object(databases_of_tests.utils, "get_unique_databases_and_mirrors", find),
        ):
            databases_of_tests.install(databases_meant, databases_meant_by_one)
            for base in (TestCase, TransactionTestCase):
                for named, meant in CASES:
                    kind = type("Case", (base,), {"databases": named})
                    with self.subTest(base=base, named=named):
                        kind._validate_databases()
                        self.assertEqual(kind.databases, meant)

    def test_a_run_makes_the_database_that_some_test_may_use(self) -> None:
        self.assertEqual(
            databases_meant({"default", "accounts"}), {"default", "accounts", "TESTCLIENT"}
        )


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
