"""TEST_TENANT: which databases a test may use that was written without tenants in mind."""

from unittest import mock

from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings

from engine.tests.names import OTHER_ALIAS
from manydb.patches import databases_of_tests
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
