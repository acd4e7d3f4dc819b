"""Where a request that only reads finds shared models, and what happens after it writes."""

from django.test import TestCase

from manydb.replicas.reads import Reads, reading
from manydb.testing import aliases_used

from ...site.news.models import Announcement
from ..expectations import SHARED_READS, SHARED_WRITES


class SharedModels(TestCase):
    def test_a_request_that_only_reads_has_its_own(self) -> None:
        with reading(Reads()), aliases_used() as aliases:
            Announcement.objects.exists()
            Announcement.objects.create(text="To all")
            Announcement.objects.exists()
        self.assertEqual(aliases, [SHARED_READS, SHARED_WRITES, SHARED_WRITES])
