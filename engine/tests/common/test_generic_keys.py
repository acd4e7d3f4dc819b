"""A generic foreign key of a shared model points at shared rows: a tenant's row has a key that others have, too."""

from django.test import TestCase
from django.utils.functional import SimpleLazyObject

from engine.site.news.models import Remark, Topic
from engine.site.notes.models import Note


class GenericKeys(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_a_tenants_row_is_refused_before_any_query(self) -> None:
        note = Note.objects.using("TESTCLIENT").create(text="any")
        for subject in (note, Note(text="new"), SimpleLazyObject(lambda: note)):
            with self.assertRaisesRegex(
                ValueError, "news.Remark.subject can't point at notes.Note"
            ):
                Remark(subject=subject)
        remark = Remark(text="any")
        with self.assertRaisesRegex(ValueError, "with a foreign key"):
            remark.subject = note

    def test_a_shared_row_is_not(self) -> None:
        topic = Topic.objects.create(name="any")
        remark = Remark.objects.create(text="any", subject=topic)
        self.assertEqual(Remark.objects.get().subject, topic)
        self.assertEqual(topic.remarks.get(), remark)
        remark.subject = None
        self.assertIsNone(remark.content_type_id)
