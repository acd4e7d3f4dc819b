"""Where the router sends what names no database."""

from django.test import TestCase

from manydb.testing import aliases_used

from ...site.news.models import Announcement
from ..expectations import SHARED_WRITES


class SharedModels(TestCase):
    def test_outside_of_requests_the_primary_is_read_and_written(self) -> None:
        with aliases_used() as aliases:
            Announcement.objects.exists()
            Announcement.objects.create(text="To all")
        self.assertEqual(aliases, [SHARED_WRITES, SHARED_WRITES])
