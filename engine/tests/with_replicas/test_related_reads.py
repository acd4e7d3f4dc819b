"""What is related to an object is read where the object was read, unless the request must be current."""

from collections.abc import Callable
from typing import Any

from django.db.models import prefetch_related_objects
from django.test import TestCase

from engine.site.bookshelf.models import Author, Book, Genre, Novel, Portrait
from engine.site.news.models import Remark, Topic
from engine.tests.expectations import ROUTER
from manydb.patches.object_state import where_last_used
from manydb.replicas import use_primary
from manydb.replicas.reads import Reads, reading
from manydb.testing import aliases_used

PRIMARY, REPLICA = "accounts", "accounts_RO"


class RelatedReads(TestCase):
    databases = {"default", "accounts"}

    @classmethod
    def setUpTestData(cls) -> None:
        author = Author.objects.create(name="Ada", biography="long")
        Portrait.objects.create(author=author)
        novel = Novel.objects.create(title="Notes", author=author, pages=3)
        novel.genres.add(Genre.objects.create(name="Science"))

    def setUp(self) -> None:
        self.cases: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
            "a foreign key": (Book.objects.get, lambda book: book.author),
            "a parent link": (
                Novel.objects.only("pages").get,
                lambda novel: novel.book_ptr,
            ),
            "a child": (Book.objects.get, lambda book: book.novel),
            "a relation of a parent": (
                Novel.objects.get,
                lambda novel: list(novel.book_ptr.genres.all()),
            ),
            "a one to one key, reversed": (Author.objects.get, lambda author: author.portrait),
            "a one to one key": (Portrait.objects.get, lambda portrait: portrait.author),
            "a reverse foreign key": (Author.objects.get, lambda author: list(author.books.all())),
            "a count": (Author.objects.get, lambda author: author.books.count()),
            "many to many": (Book.objects.get, lambda book: list(book.genres.all())),
            "many to many, reversed": (Genre.objects.get, lambda genre: list(genre.books.all())),
            "the table between": (
                Book.objects.get,
                lambda book: list(book.genres.through.objects.filter(book=book)),
            ),
            "a deferred field": (Author.objects.only("pk").get, lambda author: author.biography),
            "a second deferred field": (
                self.author_with_a_loaded_field,
                lambda author: author.biography,
            ),
            "refresh_from_db": (Book.objects.get, lambda book: book.refresh_from_db()),
            "refresh of a field": (
                Book.objects.get,
                lambda book: book.refresh_from_db(fields=["title"]),
            ),
            "a relation after refresh_from_db": (
                self.refreshed_book,
                lambda book: list(book.genres.all()),
            ),
            "prefetches": (
                Author.objects.get,
                lambda author: prefetch_related_objects([author], "books__genres"),
            ),
        }

    def author_with_a_loaded_field(self) -> Author:
        author = Author.objects.only("pk").get()
        self.assertEqual(author.name, "Ada")
        return author

    def refreshed_book(self) -> Book:
        book = Book.objects.get()
        book.refresh_from_db()
        return book

    def used(self, instance: Any, use: Callable[[Any], Any]) -> set[str]:
        with aliases_used() as aliases:
            use(instance)
        return set(aliases)

    def test_a_request_that_only_reads_reads_them_from_the_replica(self) -> None:
        for name, (read, use) in self.cases.items():
            with self.subTest(name), reading(Reads()):
                self.assertEqual(self.used(read(), use), {REPLICA})

    def test_with_the_whole_query(self) -> None:
        with reading(Reads()), aliases_used() as aliases:
            list(Author.objects.select_related("portrait").prefetch_related("books__genres"))
        self.assertEqual(set(aliases), {REPLICA})

    def test_a_request_that_changes_something_reads_them_from_the_primary(self) -> None:
        for name, (read, use) in self.cases.items():
            with self.subTest(name):
                with reading(Reads()):
                    instance = read()
                self.assertEqual(where_last_used(instance), REPLICA)
                with reading(Reads(must_be_current=True)):
                    self.assertEqual(self.used(instance, use), {PRIMARY})

    def test_so_does_code_outside_of_requests_and_inside_use_primary(self) -> None:
        for name, (read, use) in self.cases.items():
            with self.subTest(name):
                with reading(Reads()):
                    instance = read()
                    with use_primary():
                        self.assertEqual(self.used(instance, use), {PRIMARY})
                with reading(Reads()):
                    instance = read()
                self.assertEqual(self.used(instance, use), {PRIMARY})

    def test_what_was_read_from_the_primary_stays_there(self) -> None:
        """A replica may not have it yet."""
        for name, (read, use) in self.cases.items():
            with self.subTest(name), reading(Reads()):
                with use_primary():
                    instance = read()
                if name != "the table between":  # which is asked for by its own name
                    self.assertEqual(self.used(instance, use), {PRIMARY})

    def test_what_was_written_does_too(self) -> None:
        with reading(Reads()):
            book = Book.objects.get()
        book.save()
        with reading(Reads()):
            self.assertEqual(self.used(book, lambda book: book.author), {PRIMARY})

    def test_writing_turns_the_rest_of_the_request_to_the_primary(self) -> None:
        with reading(Reads()):
            book = Book.objects.get()
            Genre.objects.create(name="Travel")
            self.assertEqual(self.used(book, lambda book: book.author), {PRIMARY})

    def test_generic_foreign_keys(self) -> None:
        Topic.objects.create(name="Routing").remarks.create(text="one")
        replica = "default_RO" if ROUTER == "replica" else "default"
        with reading(Reads()):
            remark = Remark.objects.get()
            self.assertEqual(self.used(remark, lambda remark: remark.subject), {replica})
            self.assertEqual(self.used(remark, lambda remark: remark.subject), set())
            topic = Topic.objects.get()
            self.assertEqual(self.used(topic, lambda topic: list(topic.remarks.all())), {replica})
            with use_primary():
                remark = Remark.objects.get()
            self.assertEqual(self.used(remark, lambda remark: remark.subject), {"default"})
        Topic.objects.all().delete()
        Remark.objects.create(text="two", content_type_id=remark.content_type_id, object_id=99)
        with reading(Reads()):
            self.assertIsNone(Remark.objects.get().subject)
