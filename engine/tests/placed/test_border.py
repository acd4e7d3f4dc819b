"""``check`` lists each relation across the border, and names what would bring both sides together."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.core.checks import run_checks
from django.db import router
from django.test import SimpleTestCase, override_settings

from engine.site.magazine.models import Section
from manydb.core import routing
from manydb.core.ownership import Ownership
from manydb.core.placement_checks import check_default, check_names, check_two_places
from manydb.core.relation_checks import check_generic_keys, check_relations


@contextmanager
def placed(**settings: Any) -> Iterator[None]:
    """Homes are found once in a process: here they are found anew."""
    places = {"TENANT_APPS": [], "SHARED_APPS": [], "APP_DATABASES": {}} | settings
    with (
        override_settings(**places),
        patch.dict(routing.homes, clear=True),
        patch.dict(routing.pinned, clear=True),
    ):
        yield


def found() -> dict[str, str]:
    return {f"{error.obj}": f"{error.msg} {error.hint}" for error in check_relations(None)}


class Borders(SimpleTestCase):
    def test_the_site_itself_has_none(self) -> None:
        ours = [each for each in run_checks() if str(each.id).startswith("manydb.")]
        # With users in tenants' databases a reference to one is a foreign key, or says too little.
        references = {str(each.obj) for each in ours if each.id in {"manydb.W011", "manydb.E012"}}
        self.assertEqual(
            references,
            {"notes.Receipt.created_by", "library.Loan.reader", "library.Loan.librarian"},
        )
        self.assertEqual([each for each in ours if str(each.obj) not in references], [])

    def test_each_kind_of_relation_is_listed(self) -> None:
        with placed(TENANT_APPS=["magazine.Article", "magazine.Comment"]):
            listed = found()
        self.assertEqual(
            {name for name in listed if name.startswith("magazine.")},
            {
                "magazine.Article.section",  # to a shared model
                "magazine.Article.authors",  # through a table of its own
                "magazine.Byline.article",  # from a shared model
                "magazine.Comment.content_type",
            },
        )

    def test_a_child_model_goes_with_its_parent_unless_it_is_placed(self) -> None:
        with placed(
            TENANT_APPS=["magazine", "users", "auth", "contenttypes"],
            SHARED_APPS=["magazine.Review"],
        ):
            self.assertEqual(
                [name for name in found() if "magazine" in name],
                ["magazine.Review.article_ptr", "magazine.Review.comments"],
            )

    def test_a_shared_table_between_two_models_of_tenants(self) -> None:
        with placed(
            TENANT_APPS=["magazine", "users", "auth", "contenttypes"],
            SHARED_APPS=["magazine.Byline"],
        ):
            listed = found()
        self.assertIn("magazine.Byline, which lives", listed["magazine.Article.authors"])

    def test_a_generic_relation_is_listed(self) -> None:
        with placed(TENANT_APPS=["magazine.Comment", "contenttypes"]):
            self.assertIn("magazine.Article.comments", found())

    def test_the_apps_to_add_are_named_with_what_they_point_to(self) -> None:
        with placed(TENANT_APPS=["magazine"]):
            listed = found()
        self.assertIn(
            'Add "auth", "contenttypes", "users" to TENANT_APPS', listed["magazine.Author.user"]
        )
        self.assertIn('or add "magazine" to SHARED_APPS', listed["magazine.Author.user"])
        self.assertIn('Add "contenttypes" to', listed["magazine.Comment.content_type"])
        with placed(TENANT_APPS=["magazine", "auth", "contenttypes", "users"]):
            self.assertEqual([name for name in found() if "magazine" in name], [])

    def test_what_a_strangers_router_places_is_elsewhere(self) -> None:
        class Analytics:
            def db_for_write(self, model: Any, **hints: Any) -> str | None:
                return "analytics" if model is Section else None

        with patch.object(router, "routers", [Analytics(), *router.routers]):
            listed = found()
        self.assertIn('(one per tenant and "analytics")', listed["magazine.Article.section"])

    def test_a_generic_key_in_a_shared_table_is_refused(self) -> None:
        self.assertEqual(check_generic_keys(None), [])
        with placed(TENANT_APPS=["magazine.Section"]):
            (error, *_) = (each for each in check_generic_keys(None) if "magazine" in str(each.obj))
        self.assertEqual(error.id, "manydb.E020")
        self.assertIn("magazine.Comment.subject", error.msg)
        self.assertIn('"magazine.Comment" to SHARED_APPS', str(error.hint))
        # Accounts go with content types, and the log of the admin with accounts.
        for label in ("admin", "auth", "contenttypes", "magazine", "users"):
            self.assertIn(f'"{label}"', str(error.hint))

    def test_unless_the_settings_say_that_it_points_at_shared_rows(self) -> None:
        for name in ("magazine.Comment", "magazine"):
            with placed(TENANT_APPS=["magazine.Section"], SHARED_APPS=[name]):
                errors = [e for e in check_generic_keys(None) if "Comment" in str(e.obj)]
                self.assertEqual(errors, [])


class Names(SimpleTestCase):
    def test_names_that_place_nothing(self) -> None:
        with placed(
            TENANT_APPS=["*", "magazin", "manydb_tenants"],
            SHARED_APPS=["news.Anouncement"],
            APP_DATABASES={"shop": "shop"},
        ):
            messages = [each.msg for each in check_names(None)]
        self.assertEqual(len(messages), 4)
        for part in ("'magazin'", "'news.Anouncement'", "'shop'", "the catalog can't be"):
            self.assertTrue(any(part in message for message in messages), part)

    def test_labels_and_modules_and_models_are_names(self) -> None:
        with placed(
            TENANT_APPS=["engine.site.magazine", "auth"],
            SHARED_APPS=["news.announcement"],
            APP_DATABASES={"library.Genre": "accounts"},
        ):
            self.assertEqual(check_names(None), [])
            self.assertEqual(check_two_places(None), [])

    def test_tenants_apps_without_tenants(self) -> None:
        self.assertEqual(check_default(None), [])
        with patch("manydb.core.ownership._ownership", Ownership()), placed(TENANT_APPS=["*"]):
            self.assertIn("manydb.E009", [each.id for each in check_default(None)])

    def test_two_places_for_one(self) -> None:
        with placed(TENANT_APPS=["auth"], SHARED_APPS=["auth"], APP_DATABASES={"news": "accounts"}):
            (error,) = check_two_places(None)
        self.assertEqual(error.id, "manydb.E008")
        self.assertIn("'auth'", error.msg)
