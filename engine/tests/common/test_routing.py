"""Where the router sends what names no database."""

from unittest import skipUnless

from django.apps import apps
from django.test import TestCase

from manydb.testing import aliases_used

from ...site.news.models import Announcement
from ..expectations import SHARED_READS, SHARED_WRITES


class SharedModels(TestCase):
    def test_outside_of_requests_the_primary_is_read_and_written(self) -> None:
        with aliases_used() as aliases:
            Announcement.objects.exists()
            Announcement.objects.create(text="To all")
        self.assertEqual(aliases, [SHARED_WRITES, SHARED_WRITES])

    @skipUnless(apps.is_installed("manydb.replicas"), "replicas are read with their app")
    def test_a_request_that_only_reads_has_its_own(self) -> None:
        from manydb.replicas.reads import Reads, reading

        with reading(Reads()), aliases_used() as aliases:
            Announcement.objects.exists()
            Announcement.objects.create(text="To all")
            Announcement.objects.exists()
        self.assertEqual(aliases, [SHARED_READS, SHARED_WRITES, SHARED_WRITES])
