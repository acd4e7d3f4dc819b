"""Routers of a project beside that of manydb: ``check`` says which of them sends a model where it has no table."""

from typing import Any
from unittest.mock import patch

from django.core.checks import run_checks
from django.db import connections, router
from django.test import SimpleTestCase

import manydb
from manydb.core.placement import shared_alias
from manydb.core.router_checks import check_empty, check_homes, check_migrations, check_reads


class ForTags:
    """As Django's documentation has it: an app in a database of its own."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "accounts" if model._meta.app_label == "users" else None

    db_for_write = db_for_read


class ForAll(ForTags):
    """It answers for what is not its own, too."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return super().db_for_read(model) or shared_alias()

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == ("accounts" if app_label == "users" else shared_alias())


class Unsure:
    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        raise KeyError

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        raise KeyError


def found(*routers: Any) -> dict[str, list[str]]:
    with patch.object(router, "routers", list(routers)):
        given: dict[str, list[str]] = {}
        for check in (check_homes, check_migrations, check_reads, check_empty):
            for each in check(None):
                given.setdefault(str(each.id), []).append(f"{each.msg} {each.hint}")
        return given


class RouterChecks(SimpleTestCase):
    def test_the_router_of_manydb_alone_is_right(self) -> None:
        self.assertEqual(found(*router.routers), {})
        self.assertEqual(found(Unsure(), *router.routers), {})
        ids = {each.id for each in run_checks(databases=[])}
        self.assertFalse(ids & {"manydb.E022", "manydb.E023", "manydb.W021", "manydb.W022"})

    def test_a_router_before_it_places_an_app_that_the_settings_do_not(self) -> None:
        (text,) = found(ForTags(), *router.routers)["manydb.E022"]
        self.assertRegex(text, r'\.ForTags sends users\.\w+ to "accounts", and manydb takes it')
        self.assertIn('Write APP_DATABASES = {"users": "accounts"}', text)

    def test_one_behind_it_is_never_asked(self) -> None:
        (text,) = found(*router.routers, ForTags())["manydb.E022"]
        self.assertRegex(
            text, r'would send users\.\w+ to "accounts", and is never asked: \S+Router '
        )

    def test_one_that_answers_for_everything_takes_tenants_rows(self) -> None:
        given = found(ForAll(), *router.routers)
        self.assertTrue(any("of tenants" in text for text in given["manydb.E022"]))
        self.assertTrue(any("return None for each model" in text for text in given["manydb.E022"]))
        self.assertTrue(any("keeps the table" in text for text in given["manydb.E023"]))
        self.assertTrue(any("makes the table" in text for text in given["manydb.E023"]))

    def test_replicas_that_no_router_reads_are_named(self) -> None:
        self.assertTrue(
            any(
                'to "accounts"' in each for each in found(ForTags(), *router.routers)["manydb.W021"]
            )
        )

    def test_no_router_of_manydb_at_all_is_an_error(self) -> None:
        given = found(ForTags())
        self.assertTrue(any(text.startswith("No router answers") for text in given["manydb.E022"]))

    def test_a_database_without_models_is_named(self) -> None:
        engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        with patch.dict(connections.settings, manydb.databases({"archive": engine})):
            (text,) = found(*router.routers)["manydb.W022"]
        self.assertIn("No model lives in archive", text)
        self.assertIn('{"<app>": "archive"}', text)
