"""DatabaseReference holds the key of a row of another database, and works like a foreign key where no join is needed."""

import copy
import pickle
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.db.models import F
from django.db.models.query import Prefetch
from django.db.transaction import atomic
from django.forms import modelform_factory
from django.test import TestCase
from django.test.utils import isolate_apps
from django.utils.functional import SimpleLazyObject

from engine.site.bookshelf.models import Author, Book, Loan, Review
from engine.site.users.models import User
from manydb.models import DatabaseReference, TenantModel
from manydb.testing import aliases_used, assert_reads_from

LoanForm: Any = modelform_factory(Loan, fields=["book", "reader", "librarian"])


class References(TestCase):
    databases = {"default", "accounts"}

    def setUp(self) -> None:
        self.ann = User.objects.create_user("ann")
        self.bob = User.objects.create_user("bob", is_staff=True)
        self.book = Book.objects.create(title="Emma")
        self.loan = Loan.objects.create(book=self.book, reader=self.ann)

    def read(self) -> Loan:
        return Loan.objects.get(pk=self.loan.pk)

    # Objects.

    def test_the_column_holds_the_key_and_the_name_the_object(self) -> None:
        loan = self.read()
        self.assertEqual((loan.reader_id, loan.reader), (self.ann.pk, self.ann))
        self.assertEqual(loan.reader._state.db, "default")
        self.assertEqual(Loan._meta.get_field("reader").column, "reader_id")

    def test_an_object_is_read_once_from_its_own_database(self) -> None:
        loan = self.read()
        with assert_reads_from("default"):
            self.assertEqual(loan.reader.username, "ann")
        with self.assertNumQueries(0, using="default"):
            self.assertEqual(loan.reader.username, "ann")

    def test_all_ways_to_give_one_are_kept(self) -> None:
        lazy = SimpleLazyObject(lambda: self.bob)  # as request.user is
        for given in ({"reader": self.bob}, {"reader": lazy}, {"reader_id": self.bob.pk}):
            with self.subTest(given=given):
                made = Loan.objects.create(book=self.book, **given)
                self.assertEqual(Loan.objects.get(pk=made.pk).reader, self.bob)
                changed = self.read()
                for name, value in given.items():
                    setattr(changed, name, value)
                changed.save()
                self.assertEqual(self.read().reader, self.bob)
        Loan.objects.bulk_create([Loan(book=self.book, reader=self.bob)])
        made, is_new = Loan.objects.get_or_create(book=self.book, reader=self.ann)
        self.assertEqual((made, is_new), (self.loan, False) if made == self.loan else (made, True))
        self.loan.reader = None
        self.loan.save()
        self.assertIsNone(self.read().reader)

    def test_another_key_is_another_object(self) -> None:
        loan = self.read()
        self.assertEqual(loan.reader, self.ann)
        loan.reader_id = self.bob.pk
        self.assertEqual(loan.reader, self.bob)

    def test_refreshing_reads_it_again(self) -> None:
        for fields in (None, ["reader"], ["reader_id"]):
            with self.subTest(fields=fields):
                loan = self.read()
                self.assertEqual(loan.reader, self.ann)
                User.objects.filter(pk=self.ann.pk).update(first_name=f"Ann {fields}")
                loan.refresh_from_db(fields=fields)
                self.assertEqual(loan.reader.first_name, f"Ann {fields}")

    def test_a_deferred_key_is_loaded(self) -> None:
        loan = Loan.objects.only("pk").get()
        self.assertEqual(loan.reader, self.ann)
        self.assertEqual(Loan.objects.only("reader").get().reader, self.ann)

    def test_copies_and_pickles_keep_both(self) -> None:
        self.assertEqual(self.loan.reader, self.ann)
        for loan in (copy.copy(self.loan), pickle.loads(pickle.dumps(self.loan))):
            with self.assertNumQueries(0, using="default"):
                self.assertEqual((loan.reader_id, loan.reader), (self.ann.pk, self.ann))

    def test_an_object_may_be_saved_after_it_was_given(self) -> None:
        cleo = User(username="cleo")
        loan = Loan(book=self.book, reader=cleo)
        with self.assertRaisesRegex(ValueError, "is not saved"), atomic("accounts"):
            loan.save()
        cleo.save()
        loan.save()
        self.assertEqual(Loan.objects.get(pk=loan.pk).reader, cleo)

    def test_what_is_no_such_object_is_refused(self) -> None:
        elsewhere = User(pk=1)
        elsewhere._state.db = "accounts"
        for wrong in (self.book, AnonymousUser(), "ann", elsewhere):
            with self.subTest(wrong=wrong):
                with self.assertRaisesRegex(ValueError, r"can't be library\.Loan\.reader: it "):
                    self.loan.reader = wrong
                if wrong is not elsewhere:
                    with self.assertRaises((ValueError, TypeError)):
                        Loan.objects.filter(reader=wrong).exists()

    def test_an_object_that_is_gone_is_none_and_its_key_stays(self) -> None:
        key = self.ann.pk
        self.ann.delete()
        self.assertEqual((self.read().reader, self.read().reader_id), (None, key))
        (loan,) = Loan.objects.prefetch_related("reader")
        with self.assertNumQueries(0, using="default"):
            self.assertEqual((loan.reader, loan.reader_id), (None, key))
        self.assertRaisesRegex(ValidationError, "does not exist", self.read().full_clean)

    # Queries.

    def test_rows_are_found_by_key_and_by_object(self) -> None:
        Loan.objects.create(book=self.book)
        staff, readers = User.objects.filter(is_staff=True), User.objects.filter(is_staff=False)
        for found in (
            {"reader": self.ann},
            {"reader": self.ann.pk},
            {"reader": str(self.ann.pk)},
            {"reader_id": self.ann.pk},
            {"reader__in": [self.ann, self.bob.pk]},
            {"reader__in": readers},
            {"reader__in": readers.values("pk")},
            {"reader__in": readers.values_list("pk", flat=True)},
            {"reader_id__in": readers},
            {"reader__isnull": False},
            {"reader__gte": self.ann.pk},
            {"reader": F("reader")},
        ):
            with self.subTest(found=found):
                self.assertEqual(list(Loan.objects.filter(**found)), [self.loan])
        for missed in ({"reader": self.bob}, {"reader__in": staff}, {"reader__in": []}):
            with self.subTest(missed=missed):
                self.assertFalse(Loan.objects.filter(**missed).exists())
        self.assertEqual(list(Loan.objects.exclude(reader=None)), [self.loan])
        self.assertEqual(
            list(Loan.objects.exclude(reader=None).values_list("reader", "reader_id")),
            [(self.ann.pk, self.ann.pk)],
        )
        self.assertEqual(Loan.objects.order_by("reader", "-reader_id").count(), 2)

    def test_a_join_is_refused_with_djangos_words(self) -> None:
        for ask in (
            lambda: Loan.objects.filter(reader__username="ann"),
            lambda: list(Loan.objects.select_related("reader")),
        ):
            self.assertRaises(FieldError, ask)

    def test_keys_are_updated(self) -> None:
        Loan.objects.filter(reader=self.ann).update(reader=self.bob.pk)
        self.assertEqual(self.read().reader, self.bob)
        self.loan.reader = self.ann
        Loan.objects.bulk_update([self.loan], ["reader"])
        self.assertEqual(self.read().reader, self.ann)

    def test_objects_of_many_are_prefetched_with_one_query(self) -> None:
        Loan.objects.create(book=self.book, reader=self.bob)
        Loan.objects.create(book=self.book)
        for lookup in ("reader", Prefetch("reader", User.objects.only("username"))):
            with self.subTest(lookup=lookup), self.assertNumQueries(1, using="default"):
                loans = Loan.objects.order_by("pk").prefetch_related(lookup)
                self.assertEqual([loan.reader for loan in loans], [self.ann, self.bob, None])
        with self.assertNumQueries(2, using="default"):
            (loan,) = Loan.objects.filter(reader=self.ann).prefetch_related("reader__groups")
            self.assertEqual(list(loan.reader.groups.all()), [])

    def test_fixtures_hold_the_key(self) -> None:
        text = serializers.serialize("json", [self.loan])
        self.assertIn(f'"reader": {self.ann.pk}', text)
        self.loan.delete()
        for each in serializers.deserialize("json", text, using="accounts"):
            each.save(using="accounts")
        self.assertEqual(Loan.objects.get().reader, self.ann)

    # Validation, forms, admin.

    def test_validation_asks_the_other_database(self) -> None:
        self.loan.full_clean()
        self.loan.reader_id = 10**6
        with self.assertRaisesRegex(ValidationError, "does not exist"):
            self.loan.full_clean()
        self.loan.reader = None
        self.loan.full_clean()
        for librarian, is_fine in ((self.bob, True), (self.ann, False)):
            self.loan.librarian = librarian
            with self.subTest(librarian=librarian):
                if is_fine:
                    self.loan.full_clean()
                else:
                    self.assertRaises(ValidationError, self.loan.full_clean)

    def test_a_form_offers_the_rows_and_saves_one(self) -> None:
        form = LoanForm({"book": self.book.pk, "reader": self.bob.pk, "librarian": ""})
        self.assertTrue(form.is_valid(), form.errors)
        self.assertEqual(Loan.objects.get(pk=form.save().pk).reader, self.bob)
        page = str(LoanForm(instance=self.loan))
        self.assertInHTML(f'<option value="{self.ann.pk}" selected>ann</option>', page)
        self.assertEqual(
            [str(name) for _, name in LoanForm().fields["librarian"].choices][1:], ["bob"]
        )
        form = LoanForm({"book": self.book.pk, "reader": 10**6, "librarian": self.ann.pk})
        self.assertEqual(set(form.errors), {"reader", "librarian"})

    def test_the_admin_shows_and_changes_it(self) -> None:
        self.client.force_login(User.objects.create_superuser("root"))
        address = f"/admin/library/loan/{self.loan.pk}/change/"
        self.assertContains(
            self.client.get(address), f'<option value="{self.ann.pk}" selected>ann</option>'
        )
        values = {"book": self.book.pk, "reader": self.bob.pk, "librarian": ""}
        self.assertRedirects(self.client.post(address, values), "/admin/library/loan/")
        self.assertEqual(self.read().reader, self.bob)
        page = self.client.get("/admin/library/loan/")
        self.assertContains(page, '<td class="field-reader">bob</td>')
        self.assertContains(page, f'<a href="?reader={self.bob.pk}">bob</a>', html=True)
        self.assertContains(
            self.client.get(f"/admin/library/loan/?reader={self.ann.pk}"), "0 loans"
        )

    # Another direction, and other routers.

    def test_the_other_database_is_the_routers_choice(self) -> None:
        review = Review.objects.create(text="Good", book=self.book)
        review = Review.objects.get(pk=review.pk)
        with aliases_used() as used:
            self.assertEqual(review.book, self.book)
        self.assertEqual(set(used), {"accounts"})
        read = Review.objects.prefetch_related("book__author", "book__genres").get()
        self.assertEqual((read.book, list(read.book.genres.all())), (self.book, []))


class Migrations(TestCase):
    def test_a_migration_says_the_kind_of_the_key_and_asks_no_other_model(self) -> None:
        state = ModelState.from_model(Loan)
        text, _ = MigrationWriter.serialize(state.fields["reader"])
        self.assertEqual(
            text,
            "manydb.models.DatabaseReference(blank=True, key=models.BigIntegerField(), null=True, "
            "to=settings.AUTH_USER_MODEL)",
        )
        alone = ProjectState({("library", "loan"): state})
        del state.fields["book"]
        historical = alone.apps.get_model("library", "Loan")
        field = historical._meta.get_field("reader")
        self.assertEqual(field.db_type(connection), models.BigIntegerField().db_type(connection))
        self.assertEqual(field.column, "reader_id")

    def test_nothing_changes_until_it_is_changed(self) -> None:
        def state(**options: Any) -> ProjectState:
            field = DatabaseReference("users.User", **options)
            return ProjectState(
                {
                    ("library", "x"): ModelState(
                        "library",
                        "X",
                        [("id", models.AutoField(primary_key=True)), ("user", field)],
                    )
                }
            )

        def changes(before: ProjectState, after: ProjectState) -> int:
            found = MigrationAutodetector(before, after)._detect_changes()
            return sum(len(each.operations) for each in found.get("library", ()))

        field = DatabaseReference("users.User")
        field.set_attributes_from_name("user")
        _, _, args, kwargs = field.deconstruct()
        again = ProjectState(
            {
                ("library", "x"): ModelState(
                    "library",
                    "X",
                    [
                        ("id", models.AutoField(primary_key=True)),
                        ("user", DatabaseReference(*args, **kwargs)),
                    ],
                )
            }
        )
        self.assertEqual(changes(again, state()), 0)
        self.assertEqual(changes(again, state(key=models.UUIDField())), 1)


class Kinds(TestCase):
    """The column is made like the other row's key."""

    def kinds(self) -> list[tuple[Any, type[Any]]]:
        return [
            (models.SmallAutoField(primary_key=True), models.SmallIntegerField),
            (models.AutoField(primary_key=True), models.IntegerField),
            (models.BigAutoField(primary_key=True), models.BigIntegerField),
            (models.UUIDField(primary_key=True), models.UUIDField),
            (models.CharField(primary_key=True, max_length=12), models.CharField),
            (models.PositiveIntegerField(primary_key=True), models.PositiveIntegerField),
            (
                models.OneToOneField(Author, models.CASCADE, primary_key=True),
                models.BigIntegerField,
            ),
        ]

    @isolate_apps("engine.site.bookshelf")
    def test_by_kind(self) -> None:
        for number, (key, kind) in enumerate(self.kinds()):
            with self.subTest(kind=kind):
                meta = type("Meta", (), {"app_label": "library"})
                target = type(
                    f"Target{number}",
                    (models.Model,),
                    {"__module__": __name__, "Meta": meta, "key": key, "_DATABASE": "accounts"},
                )
                owner = type(
                    f"Owner{number}",
                    (models.Model,),
                    {"__module__": __name__, "Meta": meta, "it": DatabaseReference(target)},
                )
                field = owner._meta.get_field("it")
                self.assertIs(type(field.key), kind)
                self.assertFalse(field.key.primary_key)
                self.assertEqual(field.check(), [])

    @isolate_apps("engine.site.bookshelf")
    def test_checks_refuse_what_leads_to_no_one_row(self) -> None:
        class Pair(models.Model):  # noqa: DJ008
            _DATABASE = "accounts"
            pk = models.CompositePrimaryKey("one", "two")
            one = models.IntegerField()
            two = models.IntegerField()

            class Meta:
                app_label = "library"

        class Of(TenantModel):
            class Meta:
                app_label = "library"

        class Shared(models.Model):  # noqa: DJ008
            missing = DatabaseReference("library.Nowhere")
            pair = DatabaseReference(Pair)
            tenants = DatabaseReference(Of)
            own = DatabaseReference(User)
            fine = DatabaseReference("library.Book")

            class Meta:
                app_label = "library"

        found = {
            field.name: [each.id for each in field.check()] for field in Shared._meta.local_fields
        }
        self.assertEqual(
            found,
            {
                "id": [],
                "missing": ["manydb.E011"],
                "pair": ["manydb.E011"],
                "tenants": ["manydb.E012"],
                "own": ["manydb.W011"],
                "fine": [],
            },
        )
