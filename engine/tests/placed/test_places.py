"""TENANT_APPS places the models of packages in tenants' databases, as if they derived from TenantModel."""

import copy
import pickle
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.flatpages.models import FlatPage
from django.contrib.sites.models import Site
from django.core.management import call_command
from django.db import connections, models, router
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.utils import isolate_apps

from engine.site.magazine.models import (
    Article,
    Author,
    Byline,
    Comment,
    Headline,
    Printer,
    Review,
    Section,
)
from engine.site.news.models import Announcement, Quota
from manydb.core.placement import shared_alias
from manydb.core.routing import PER_TENANT, home_of, homes_of_app
from manydb.exceptions import TenantRequired, WrongTenant
from manydb.models import TenantManager, TenantQuerySet
from manydb.tenants import tenant_context
from manydb.testing import aliases_used

User = get_user_model()


class Homes(SimpleTestCase):
    def test_each_model_lives_where_the_settings_say(self) -> None:
        cases = {
            PER_TENANT: [Article, Section, Byline, Comment, Site, FlatPage, Group, Permission],
            shared_alias(): [Announcement, apps.get_model("manydb_tenants.Tenant")],
            "accounts": [Printer, apps.get_model("library.Author")],
        }
        for home, kinds in cases.items():
            for kind in kinds:
                with self.subTest(model=kind._meta.label):
                    self.assertEqual(home_of(kind), home)

    def test_the_base_of_a_package_s_model_has_no_options_as_before(self) -> None:
        for kind in (Article, Group, Site):
            self.assertEqual([each for each in kind.__bases__ if hasattr(each, "Meta")], [])

    def test_an_app_without_models_is_where_the_settings_place_it(self) -> None:
        self.assertEqual(homes_of_app("staticfiles"), {PER_TENANT})
        for name in ("staticfiles", "django.contrib.staticfiles"):
            with override_settings(SHARED_APPS=[name]):
                self.assertEqual(homes_of_app("staticfiles"), {shared_alias()})
        self.assertEqual(homes_of_app("manydb_replicas"), {shared_alias()})

    def test_what_belongs_to_a_model_is_where_it_is(self) -> None:
        for kind in (
            Review,
            Headline,
            User,
            User.groups.through,
            Article.related.through,
            FlatPage.sites.through,
            Quota,
        ):
            with self.subTest(model=kind._meta.label):
                self.assertEqual(home_of(kind), PER_TENANT)

    def test_without_a_tenant_each_manager_refuses(self) -> None:
        for kind in (Article, User, Site, ContentType, Review, Headline, User.groups.through):
            for manager in (*kind._meta.managers, kind._base_manager):
                with self.subTest(manager=str(manager)), self.assertRaises(TenantRequired):
                    list(manager.all())

    def test_each_manager_is_the_packages_own_as_well(self) -> None:
        for kind in apps.get_models():
            if home_of(kind) != PER_TENANT:
                continue
            for manager in (*kind._meta.managers, kind._base_manager):
                with self.subTest(manager=str(manager)):
                    self.assertIsInstance(manager, TenantManager)
                    self.assertIsInstance(manager.all(), TenantQuerySet)
        self.assertIn("published", dir(Article.objects.all()))
        self.assertEqual(type(User.objects).__name__, "UserManager")

    def test_a_model_of_another_registry_is_left_alone(self) -> None:
        with isolate_apps("engine.site.magazine"):

            class Letter(models.Model):
                text = models.TextField()

                class Meta:
                    app_label = "magazine"

                def __str__(self) -> str:
                    return self.text

        # It is of a registry of its own, and no model of the project.
        self.assertEqual(home_of(Letter), shared_alias())


class Rows(TestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    @classmethod
    def setUpTestData(cls) -> None:
        for name in ("testclient", "acme"):
            with tenant_context(name):
                user = User.objects.create_user("ada", password=name, pk=1000)
                section = Section.objects.create(name=name)
                article = Article.objects.create(title=name, section=section)
                article.authors.add(Author.objects.create(user=user))
                article.related.add(Article.objects.create(title="Draft", is_draft=True))
                article.comments.create(text=f"Of {name}")
                Review.objects.create(title="Review", stars=3)

    def test_every_way_to_rows_finds_those_of_the_active_tenant(self) -> None:
        ways: dict[str, Any] = {
            "a manager": lambda: Article.objects.first().title,
            "another manager's queryset": lambda: Article.published.first().title,
            "a proxy": lambda: Headline.objects.first().title,
            "a foreign key back": lambda: Section.objects.get().articles.first().title,
            "a foreign key": lambda: Article.objects.first().section.name,
            "a through table": lambda: Byline.objects.get().article.title,
            "many to many": lambda: Author.objects.get().articles.get().title,
            "a swapped user": lambda: User.objects.get().author.articles.get().title,
            "a generic key": lambda: Comment.objects.get().subject.title,
            "a generic relation": lambda: Article.objects.first().comments.get().text[3:],
            "a subquery": lambda: (
                Article.objects.get(pk__in=Article.published.filter(section__isnull=False)).title
            ),
            "a prefetch": lambda: (
                Section.objects.prefetch_related("articles").get().articles.all()[0].title
            ),
        }
        for name in ("testclient", "acme"):
            for way, look in ways.items():
                with (
                    self.subTest(way=way, tenant=name),
                    tenant_context(name),
                    aliases_used() as used,
                ):
                    self.assertEqual(look(), name)
                    self.assertEqual(set(used), {name.upper()})

    def test_a_child_model_reads_both_its_tables_there(self) -> None:
        with tenant_context("acme"), aliases_used() as used:
            review = Review.reviews.get()
            review.stars = 5
            review.save()
            self.assertEqual(review.article_ptr.title, "Review")
            review.delete()
        self.assertEqual(set(used), {"ACME"})
        with tenant_context("testclient"):
            self.assertEqual(Review.objects.get().stars, 3)

    def test_what_is_of_another_tenant_is_refused(self) -> None:
        with tenant_context("acme"):
            theirs = Article.objects.first()
            their_section = Section.objects.get()
            their_user = User.objects.get()
            querysets = [
                Article.objects.all(),
                Article.published.all(),
                Review.reviews.all(),
                User.objects.all(),
                theirs.comments.all(),
                theirs.authors.all(),
                their_section.articles.all(),
            ]
        attempts: dict[str, Any] = {
            "saved": theirs.save,
            "deleted": theirs.delete,
            "read again": theirs.refresh_from_db,
            "made a part": lambda: Article(title="x", section=their_section).save(),
            "added": lambda: Section.objects.get().articles.add(theirs),
            "filtered by": lambda: list(Article.objects.filter(section=their_section)),
            "a user": lambda: Author.objects.create(user=their_user),
            "a proxy": lambda: Headline.objects.filter(related=theirs).get(),
            "bulk": lambda: Article.objects.bulk_update([theirs], ["title"]),
            **{f"queryset {number}": each.first for number, each in enumerate(querysets)},
        }
        for name, attempt in attempts.items():
            with (
                self.subTest(what=name),
                tenant_context("testclient"),
                self.assertRaises((WrongTenant, ValueError)),
            ):
                attempt()

    def test_rows_of_two_tenants_are_not_the_same(self) -> None:
        with tenant_context("acme"):
            theirs = User.objects.get()
        with tenant_context("testclient"):
            ours = User.objects.get()
        self.assertEqual(ours.pk, theirs.pk)
        self.assertNotEqual(ours, theirs)

    def test_a_queryset_can_be_copied_and_pickled(self) -> None:
        with tenant_context("acme"):
            for queryset in (Article.published.all(), Review.reviews.all(), User.objects.all()):
                with self.subTest(queryset=str(queryset.model)):
                    made = pickle.loads(pickle.dumps(queryset))
                    self.assertEqual(list(made), list(queryset))
                    self.assertIsInstance(made, TenantQuerySet)
                    again = queryset.all()
                    again.query = pickle.loads(pickle.dumps(queryset.query))
                    self.assertEqual(list(copy.deepcopy(again)), list(queryset))
                    for each in (made.all, again.all):
                        with tenant_context("testclient"), self.assertRaises(WrongTenant):
                            list(each())

    def test_content_types_and_permissions_are_made_for_each_tenant(self) -> None:
        for alias in ("TESTCLIENT", "ACME"):
            with self.subTest(alias=alias), tenant_context(alias.lower()):
                kind = ContentType.objects.get_for_model(Article)
                self.assertEqual(kind._state.db, alias)
                self.assertTrue(Permission.objects.filter(codename="add_article").exists())
        tables = connections[shared_alias()].introspection.table_names()
        self.assertNotIn("auth_permission", tables)
        self.assertNotIn("django_content_type", tables)

    def test_a_statement_names_the_model_where_no_tenant_is_active(self) -> None:
        with self.assertRaisesRegex(TenantRequired, "users.User lives in tenants' databases"):
            User.objects.create_user("ada")
        self.assertEqual(User.objects.using("ACME").get().username, "ada")

    def test_relations_are_allowed_within_a_tenant_only(self) -> None:
        with tenant_context("acme"):
            theirs = Section.objects.get()
            self.assertTrue(router.allow_relation(theirs, User.objects.get()))
        ours = Section.objects.using("TESTCLIENT").get()
        self.assertFalse(router.allow_relation(theirs, ours))


class Migrations(TestCase):
    databases = "__all__"

    def test_no_package_gets_a_migration(self) -> None:
        """Managers keep their path: nothing has changed for the autodetector."""
        call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
