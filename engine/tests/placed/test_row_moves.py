"""Rows that are about any object, content types with other keys, and files are moved with the rows of their tenant."""

from io import StringIO
from typing import Any
from unittest.mock import patch

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import TransactionTestCase, override_settings

from engine.site.magazine.models import Article, Comment, Section
from engine.tests.names import new_storages
from manydb.core.placement import shared_alias
from manydb.tenants import tenant_context
from manydb.tenants.row_moves import moving
from manydb.tenants.row_moves.moving import TABLE, Move
from manydb.tenants.row_moves.paths import _of_tenants

NAMES = ("testclient", "acme")
MOVED = (ContentType, Section, Article, Comment)
HERE = {*MOVED, Article.related.through}


class RowsAboutObjects(TransactionTestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    def setUp(self) -> None:
        self.enterContext(override_settings(STORAGES=new_storages()))
        # As one database for all tenants had it: with content types that are numbered otherwise.
        self.source = connections[shared_alias()]
        with self.source.schema_editor() as editor:
            for model in MOVED:
                editor.create_model(model)
        self.addCleanup(self.drop)
        for model, key in ((Article, 901), (Section, 902)):
            self.insert("django_content_type", key, "magazine", model._meta.model_name)
        for key, name in enumerate(NAMES, 1):
            self.insert("magazine_section", key, name)
            self.insert("magazine_article", key, f"Of {name}", False, key)
            default_storage.inner.save(f"{name}.txt", ContentFile(name.encode()))  # type: ignore[attr-defined]
            self.comment(key * 10, f"An article of {name}", key, f"{name}.txt", 901)
            self.comment(key * 10 + 1, f"The section of {name}", key, "", 902)
        self.comment(99, "An article that is gone", 77, "", 901)

    def drop(self) -> None:
        with self.source.schema_editor() as editor:
            for model in reversed(MOVED):
                editor.delete_model(model)
        for name in NAMES:
            with tenant_context(name), connections[name.upper()].cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")

    def insert(self, table: str, *values: Any) -> None:
        columns = {
            "django_content_type": "id, app_label, model",
            "magazine_section": "id, name",
            "magazine_article": "id, title, is_draft, section_id",
            "magazine_comment": "id, text, object_id, photo, content_type_id",
        }[table]
        marks = ", ".join(["%s"] * len(values))
        with self.source.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)

    def comment(self, *values: Any) -> None:
        self.insert("magazine_comment", *values)

    def move(self, *more: str) -> str:
        left = [f"--leave={m._meta.label}" for m in _of_tenants() if m not in HERE]
        out = StringIO()
        words = ("--column=magazine.Section.name", f"--from={shared_alias()}", "--yes", *left)
        call_command("move_rows", *words, *more, stdout=out, stderr=StringIO())
        return out.getvalue()

    def check(self) -> None:
        for name in NAMES:
            with tenant_context(name):
                section, article = Section.objects.get(), Article.objects.get()
                comments = Comment.objects.order_by("pk")
                self.assertEqual([each.subject for each in comments], [article, section])
                self.assertEqual(article.comments.get().text, f"An article of {name}")
                with comments[0].photo.open() as file:
                    self.assertEqual(file.read(), name.encode())

    def test_they_come_with_their_objects_and_files(self) -> None:
        said = self.move()
        self.assertIn(
            "magazine.Comment by subject: acme 2, testclient 2; 1 of no tenant of these stay", said
        )
        self.assertIn("acme: 4 rows, counted.", said)
        self.check()
        self.assertIn("acme: 4 rows removed", self.move("--delete"))
        with self.source.cursor() as cursor:
            cursor.execute("SELECT text FROM magazine_comment")
            self.assertEqual(list(cursor.fetchall()), [("An article that is gone",)])

    def test_a_run_that_was_killed_between_two_of_them_goes_on(self) -> None:
        insert, seen = Move._insert, []

        def killed(move: Move, model: Any, *args: Any) -> None:
            seen.append(model)
            if seen.count(Comment) == 2:
                raise KeyboardInterrupt
            insert(move, model, *args)

        with patch.object(moving, "_BATCH", 1):
            with patch.object(Move, "_insert", killed), self.assertRaises(CommandError):
                self.move()
            self.move()
        self.check()
