"""What these tests read and write: with TenantRouter models of a tenant, who is active in all of them."""

from django.test import TestCase

from engine.site.news.models import Announcement, Quota
from engine.site.notes.models import Balance, Note
from engine.tests.active import in_testclient
from engine.tests.expectations import ROUTER
from manydb.replicas.reads import Reads, reading


class RoutedCase(TestCase):
    """Models for which the router finds the database."""

    if ROUTER == "tenant":
        databases = {"default", "TESTCLIENT"}
        primary, replica = "TESTCLIENT", "TESTCLIENT_RO"
        model = Note
        model_of_the_primary = Balance
    else:
        databases = {"default"}
        primary, replica = "default", "default_RO"
        model = Announcement
        model_of_the_primary = Quota

    def setUp(self) -> None:
        self.enterContext(in_testclient())


class ReadingCase(RoutedCase):
    """All of its tests run as inside a request that only reads; elsewhere reads go to primaries."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(reading(Reads()))
