"""Pitfall 4, reading from a replica what was just written: here only code that names a replica does."""

from django.test import TestCase
from manydb.testing import aliases_used

from ..models import Announcement, Note


class ReadAfterWrite(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_a_read_that_names_no_replica_sees_the_write(self) -> None:
        written = Announcement.objects.create(text="To all")
        with aliases_used() as aliases:
            self.assertEqual(Announcement.objects.get(), written)
        self.assertEqual(aliases, ["default"])

    def test_an_object_read_from_a_replica_is_read_again_from_its_primary(self) -> None:
        Note.objects.using("TESTCLIENT").create(text="Ours")
        note = Note.objects.using("TESTCLIENT_RO").get()
        with aliases_used() as aliases:
            note.refresh_from_db()
            list(note.tags.all())
        self.assertEqual(set(aliases), {"TESTCLIENT"})
