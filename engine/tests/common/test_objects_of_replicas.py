"""An object that was read from a replica is an object of its primary, and keeps where it was read.

One table of ways to read an object, and one of what may be done with it, under each router.
"""

import copy
import pickle
from collections.abc import Callable
from typing import Any

from django.core import serializers
from django.db import IntegrityError, models, router
from django.db.models.base import ModelState
from django.test import TestCase

from engine.site.bookshelf.models import Author, Book, Genre, Novel, Portrait
from engine.site.news.models import Remark, Topic
from engine.tests.expectations import ROUTER
from manydb.patches.object_state import where_last_used
from manydb.testing import aliases_used

PRIMARY, REPLICA = "accounts", "accounts_RO"

READ: dict[str, Callable[[], Any]] = {
    "get": lambda: Book.objects.using(REPLICA).get(),
    "first": lambda: Book.objects.using(REPLICA).first(),
    "a slice": lambda: Book.objects.using(REPLICA).all()[0],
    "iterator": lambda: next(Book.objects.using(REPLICA).iterator()),
    "raw": lambda: Book.objects.using(REPLICA).raw("SELECT * FROM library_book")[0],
    "in_bulk": lambda: next(iter(Book.objects.using(REPLICA).in_bulk().values())),
    "db_manager": lambda: Book.objects.db_manager(REPLICA).get(),
    "select_related": lambda: Book.objects.using(REPLICA).select_related("author").get(),
    "what select_related reads with it": lambda: (
        Book.objects.using(REPLICA).select_related("author").get().author
    ),
    "reversed select_related": lambda: (
        Author.objects.using(REPLICA).select_related("portrait").get().portrait
    ),
    "only": lambda: Book.objects.using(REPLICA).only("pk").get(),
    "defer": lambda: Author.objects.using(REPLICA).defer("biography").get(),
    "a from_db() of its own": lambda: Author.objects.using(REPLICA).get(),
    "copied": lambda: copy.copy(Book.objects.using(REPLICA).get()),
    "copied deeply": lambda: copy.deepcopy(Book.objects.using(REPLICA).get()),
    "pickled": lambda: pickle.loads(pickle.dumps(Book.objects.using(REPLICA).get())),
    "a pickled queryset": lambda: pickle.loads(pickle.dumps(Book.objects.using(REPLICA).all()))[0],
    "inherited": lambda: Novel.objects.using(REPLICA).get(),
    "the parent of an inherited one": lambda: Novel.objects.using(REPLICA).get().book_ptr,
    "a parent that has to be read": lambda: in_one_database(
        lambda: Novel.objects.using(REPLICA).only("pages").get().book_ptr
    ),
    "the child": lambda: in_one_database(lambda: Book.objects.using(REPLICA).get().novel),
    "refreshed there": lambda: refreshed(Book.objects.using(PRIMARY).get(), using=REPLICA),
    "refreshed from its queryset": lambda: refreshed(
        Book.objects.using(PRIMARY).get(), from_queryset=Book.objects.using(REPLICA)
    ),
    "prefetched there": lambda: (
        Author.objects.using(PRIMARY)
        .prefetch_related(models.Prefetch("books", Book.objects.using(REPLICA)))
        .get()
        .books.all()[0]
    ),
}


def refreshed(instance: Any, **how: Any) -> Any:
    instance.refresh_from_db(**how)
    return instance


def in_one_database(read: Callable[[], Any]) -> Any:
    """For reads that the router sends to the primary here: as if they went to the replica."""
    found = read()
    found._state.db = REPLICA
    return found


class Reading(TestCase):
    databases = {"default", "accounts"}

    @classmethod
    def setUpTestData(cls) -> None:
        author = Author.objects.create(name="Ada", biography="long")
        Portrait.objects.create(author=author)
        Novel.objects.create(title="Notes", author=author, pages=3)
        Genre.objects.create(name="Science")

    def test_it_is_of_the_primary_and_says_where_it_was_read(self) -> None:
        for name, read in READ.items():
            with self.subTest(name):
                found = read()
                self.assertEqual(found._state.db, PRIMARY)
                self.assertEqual(where_last_used(found), REPLICA)

    def test_what_was_read_from_the_primary_says_so(self) -> None:
        found = Book.objects.using(PRIMARY).get()
        self.assertEqual((found._state.db, where_last_used(found)), (PRIMARY, PRIMARY))

    def test_a_new_one_is_of_no_database(self) -> None:
        new = Book(title="New")
        self.assertEqual((new._state.db, where_last_used(new)), (None, None))
        self.assertIsNone(ModelState.db.__get__(new._state))

    def test_pickles_of_plain_django_are_understood(self) -> None:
        found = Book.objects.using(PRIMARY).get()
        found._state.__setstate__({"db": REPLICA, "adding": False})
        self.assertEqual((found._state.db, where_last_used(found)), (PRIMARY, REPLICA))

    def test_values_are_no_objects(self) -> None:
        self.assertEqual(list(Book.objects.using(REPLICA).values_list("title")), [("Notes",)])


class Using(TestCase):
    """Writes and relations go by the primary, and no value is lost."""

    databases = {"default", "accounts"}

    @classmethod
    def setUpTestData(cls) -> None:
        cls.ada = Author.objects.create(name="Ada", biography="long")
        cls.bob = Author.objects.create(name="Bob")
        cls.notes = Book.objects.create(title="Notes", author=cls.ada)
        cls.science = Genre.objects.create(name="Science")

    def setUp(self) -> None:
        self.author = Author.objects.using(REPLICA).get(name="Ada")
        self.other = Author.objects.using(REPLICA).get(name="Bob")
        self.book = Book.objects.using(REPLICA).get()
        self.genre = Genre.objects.using(REPLICA).get()

    def test_what_is_written(self) -> None:
        cases: dict[str, Callable[[], Any]] = {
            "save": lambda: self.book.save(),
            "save with update_fields": lambda: self.book.save(update_fields=["title"]),
            "add": lambda: self.other.books.add(self.book),
            "add of one of the primary": lambda: self.other.books.add(self.notes),
            "add to one of the primary": lambda: self.bob.books.add(self.book),
            "add without bulk": lambda: self.other.books.add(self.book, bulk=False),
            "set": lambda: self.author.books.set([self.book]),
            "set of both": lambda: self.author.books.set([self.notes]),
            "create": lambda: self.author.books.create(title="More"),
            "get_or_create": lambda: self.author.books.get_or_create(title="Other"),
            "update_or_create": lambda: self.author.books.update_or_create(title="Third"),
            "remove": lambda: self.author.books.remove(self.book),
            "many to many, add": lambda: self.book.genres.add(self.genre),
            "many to many, set": lambda: self.book.genres.set([self.science]),
            "many to many, other side": lambda: self.science.books.set([self.book]),
            "many to many, create": lambda: self.book.genres.create(name="Travel"),
            "many to many, remove": lambda: self.book.genres.remove(self.genre),
            "many to many, clear": lambda: self.book.genres.clear(),
            "a new row that points at it": lambda: Book.objects.create(author=self.author),
            "assigned": lambda: self.assign_and_save(self.notes, self.other),
            "assigned to it": lambda: self.assign_and_save(self.book, self.ada),
            "bulk_create": lambda: Book.objects.bulk_create([Book(author=self.author)]),
            "bulk_update": lambda: Book.objects.bulk_update([self.book], ["title"]),
            "update": lambda: Book.objects.update(author=self.other),
            "refresh for update": lambda: self.book.refresh_from_db(
                from_queryset=Book.objects.select_for_update()
            ),
            "through db_manager, as packages do": lambda: (
                Book.objects.db_manager(self.book._state.db)
                .filter(pk=self.book.pk)
                .update(title="x")
            ),
            "deserialized": lambda: self.load_again(),
            "delete": lambda: self.book.delete(),
            "cascade": lambda: self.author.delete(),
        }
        for name, case in cases.items():
            with self.subTest(name), aliases_used() as aliases:
                case()
                self.assertEqual(set(aliases) - {PRIMARY}, set())
                self.assertIn(PRIMARY, aliases)

    def assign_and_save(self, book: Book, author: Author) -> None:
        book.author = author
        book.save()

    def load_again(self) -> None:
        for loaded in serializers.deserialize("json", serializers.serialize("json", [self.book])):
            loaded.save(using=PRIMARY)

    def test_what_was_not_read_is_not_written(self) -> None:
        """Django leaves deferred fields alone if an object is saved where it is from."""
        author = Author.objects.using(REPLICA).defer("biography").get(name="Ada")
        with self.assertNumQueries(1, using=PRIMARY):
            author.save()
        self.ada.refresh_from_db()
        self.assertEqual(self.ada.biography, "long")

    def test_once_written_it_was_last_used_there(self) -> None:
        self.book.save()
        self.assertEqual(where_last_used(self.book), PRIMARY)

    def test_it_is_the_same_row_as_the_primarys(self) -> None:
        self.assertEqual(self.book, self.notes)
        self.assertEqual(len({self.book, self.notes}), 1)
        self.assertTrue(router.allow_relation(self.book, self.ada))
        self.assertIn(self.book, Book.objects.using(PRIMARY).all())
        self.assertTrue(Book.objects.using(PRIMARY).filter(author=self.author).exists())
        self.assertTrue(self.ada.books.using(PRIMARY).contains(self.book))

    def test_validation_and_uniqueness(self) -> None:
        self.genre.validate_unique()
        self.genre.full_clean()
        with self.assertRaises(IntegrityError):
            Genre(name=self.genre.name).save()

    def test_generic_relations(self) -> None:
        made = Topic.objects.create(name="Routing")
        topic = Topic.objects.using("default_RO").get()
        remark = topic.remarks.create(text="one")
        self.assertEqual(remark._state.db, "default")
        read = Remark.objects.using("default_RO").get()
        topic.remarks.add(read)
        topic.remarks.set([remark])
        self.assertEqual(read.subject, made)
        self.assertEqual(
            [each.subject for each in Remark.objects.prefetch_related("subject")], [made]
        )
        self.assertEqual(list(topic.remarks.all()), [remark])
        topic.delete()
        self.assertFalse(Remark.objects.using("default").exists())

    def test_reading_what_is_related_goes_to_the_primary_outside_of_requests(self) -> None:
        cases: dict[str, Callable[[], Any]] = {
            "forward": lambda: self.book.author,
            "reverse": lambda: list(self.author.books.all()),
            "deferred": lambda: Author.objects.using(PRIMARY).only("pk").first().name,
            "refreshed": lambda: self.book.refresh_from_db(),
        }
        for name, case in cases.items():
            with self.subTest(name), aliases_used() as aliases:
                case()
                self.assertEqual(set(aliases), {PRIMARY}, ROUTER)
