"""What the tests of this folder read and write: models of the tenant that is active in all of them."""

from django.test import TestCase
from manydb.tenants.context import tenant_context

from ..models import Balance, Note


class RoutedCase(TestCase):
    databases = {"default", "TESTCLIENT"}

    primary, replica = "TESTCLIENT", "TESTCLIENT_RO"
    model = Note
    model_of_the_primary = Balance

    def setUp(self) -> None:
        self.enterContext(tenant_context("testclient"))
