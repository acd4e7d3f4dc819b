"""While one tenant is active, nothing of it is related to, or looked up by, an object of another one."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import serializers
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    When,
)
from django.forms import inlineformset_factory, modelform_factory
from django.utils.functional import SimpleLazyObject

from engine.site.notes.models import Folder, Note
from engine.tests.names import OTHER_TENANT
from manydb.tenants.context import tenant_context

from .two_tenants import WrongTenantCase


class RelationsToAnotherTenant(WrongTenantCase):
    def setUp(self) -> None:
        with tenant_context(OTHER_TENANT):
            self.new_folder = Folder(name="Made for them")
            self.new_note = Note(text="Made for them")
            self.row_of_tags = Note.tags.through(note_id=1, tag_id=1)
        self.assigned = Note(text="Made for nobody")
        with tenant_context(OTHER_TENANT):
            self.assigned.folder = Folder(pk=1, name="Made for them")
        with tenant_context("testclient"):
            self.our_folder = Folder.objects.create(name="Ours")

    def test_none_is_made(self) -> None:
        folder, ours, our_folder = self.theirs.folder, self.ours, self.our_folder
        lazy_folder = SimpleLazyObject(lambda: folder)
        row_of_tags = Note.tags.through.objects
        attempts = {
            "make": lambda: Note(folder=folder),
            "make with what is new": lambda: Note(folder=self.new_folder),
            "create": lambda: Note.objects.create(folder=folder),
            "create with a lazy object": lambda: Note.objects.create(folder=lazy_folder),
            "get_or_create": lambda: Note.objects.get_or_create(folder=folder),
            "update_or_create": lambda: Note.objects.update_or_create(folder=folder),
            "assign": lambda: setattr(ours, "folder", folder),
            "assign what is new": lambda: setattr(ours, "folder", self.new_folder),
            "assign as a key": lambda: Note(pk=ours.pk, folder_id=folder).save(force_update=True),
            "update": lambda: Note.objects.update(folder=folder),
            "add": lambda: ours.tags.add(self.tag),
            "set": lambda: ours.tags.set([self.tag]),
            "set by name": lambda: ours.tags.set(objs=[self.tag]),
            # By which deserialized objects get their relations, since Django 6.1.
            "set_base": lambda: getattr(ours.tags, "set_base", ours.tags.set)([self.tag]),
            "remove": lambda: ours.tags.remove(self.tag),
            "add from the other side": lambda: our_folder.notes.add(self.theirs),
            "add what is new": lambda: our_folder.notes.add(self.new_note, bulk=False),
            "remove from the other side": lambda: our_folder.notes.remove(self.theirs),
            "save with what was assigned before": self.assigned.save,
            "a row of tags": lambda: row_of_tags.create(note=ours, tag=self.tag),
            "a row of tags that was made for them": self.row_of_tags.save,
            "rows of tags": lambda: row_of_tags.bulk_create([self.row_of_tags]),
        }
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)

    def test_keys_will_do(self) -> None:
        with tenant_context("testclient"):
            tag = self.ours.tags.create(name="Ours")
            for change, tags in ((self.ours.tags.remove, []), (self.ours.tags.add, [tag])):
                change(tag.pk)
                self.assertEqual(list(self.ours.tags.all()), tags)
            self.ours.tags.set([tag.pk])

    def test_shared_objects_are_related_whoever_is_active(self) -> None:
        user = get_user_model().objects.create(username="ada")
        with tenant_context("testclient"):
            user.groups.add(Group.objects.create(name="Members"))
        self.assertTrue(user.groups.exists())

    def test_none_is_looked_up(self) -> None:
        folder, tag, notes = self.theirs.folder, self.tag, Note.objects
        theirs = When(folder=folder, then=1)
        inner = Note.objects.filter(folder=OuterRef("pk"))
        attempts = {
            "filter": lambda: notes.filter(folder=folder).exists(),
            "by key": lambda: notes.filter(folder_id=folder).exists(),
            "by several": lambda: notes.filter(folder__in=[folder]).exists(),
            "by its tags": lambda: notes.filter(tags__in=self.theirs.tags.all()).exists(),
            "in reverse": lambda: Folder.objects.filter(notes=self.theirs).exists(),
            "exclude": lambda: notes.exclude(tags=tag).exists(),
            "Q": lambda: notes.filter(~Q(folder=folder) | Q(text="")).exists(),
            "Q as a value": lambda: notes.annotate(n=Q(folder=folder)).first(),
            "Case": lambda: notes.annotate(n=Case(theirs)).first(),
            "Case in order_by": lambda: notes.order_by(Case(theirs)).first(),
            "Case in update": lambda: notes.update(text=Case(theirs, default=F("pk"))),
            "aggregate": lambda: notes.aggregate(n=Count("pk", filter=Q(tags=tag))),
            "Exists": lambda: Folder.objects.filter(Exists(inner.filter(tags=tag))).first(),
            "FilteredRelation": lambda: Folder.objects.annotate(
                n=FilteredRelation("notes", condition=Q(notes__tags=tag))
            ).values_list("n"),
            "ExpressionWrapper": lambda: notes.annotate(
                n=ExpressionWrapper(Q(folder=folder), BooleanField())
            ).first(),
        }
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)

    def test_no_form_and_no_serializer_reaches_it(self) -> None:
        form = modelform_factory(Note, fields=["text", "folder"])
        inlines = inlineformset_factory(Folder, Note, fields=["text"])
        with tenant_context(OTHER_TENANT):
            theirs = Note.objects.all()
        attempts = {
            "a form of their object": lambda: form({"text": "x"}, instance=self.theirs).is_valid(),
            "their object's formset": lambda: str(inlines(instance=self.theirs.folder)),
            "serialize their queryset": lambda: serializers.serialize("python", theirs),
            "serialize their object": lambda: serializers.serialize("python", [self.theirs]),
        }
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)
