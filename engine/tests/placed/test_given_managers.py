"""Managers that an attribute of a package's model makes when it is asked, as packages of histories have."""

from typing import Any

from django.apps import apps
from django.db import models
from django.test import TestCase

from engine.site.magazine.models import Article, Section
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.placement import shared_alias
from manydb.exceptions import TenantRequired, WrongTenant
from manydb.tenants import tenant_context
from manydb.tenants.given_managers import guard_given
from manydb.tenants.manager_checks import check_descriptors


class OldQuerySet(models.QuerySet[Any]):
    def short(self) -> "OldQuerySet":
        return self.filter(name__startswith="S")


class OldManager(models.Manager[Any]):
    def __init__(self, model: type[models.Model], instance: models.Model | None) -> None:
        super().__init__()
        self.model, self.instance = model, instance

    def get_queryset(self, extra: Any = None) -> Any:
        rows = super().get_queryset().filter(**extra or {})
        return rows if self.instance is None else rows.filter(pk=self.instance.pk)


class Old:
    def __init__(self, model: type[models.Model]) -> None:
        self.model = model

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        return OldManager.from_queryset(OldQuerySet)(self.model, instance)


class Given(TestCase):
    databases = {shared_alias(), "TESTCLIENT", OTHER_ALIAS}

    def setUp(self) -> None:
        Article.old = Old(Section)  # type: ignore[attr-defined]
        self.addCleanup(delattr, Article, "old")
        self.kind: Any = Article
        guard_given(Article)
        for tenant in ("testclient", OTHER_TENANT):
            with tenant_context(tenant):
                Section.objects.create(name=f"Section of {tenant}")

    def test_the_check_of_managers_has_nothing_to_say(self) -> None:
        self.assertEqual(check_descriptors([apps.get_app_config("magazine")]), [])

    def test_it_asks_for_a_tenant_and_gives_that_tenants_rows(self) -> None:
        with self.assertRaises(TenantRequired):
            list(self.kind.old.all())
        with tenant_context(OTHER_TENANT):
            rows = self.kind.old.short()
            self.assertEqual([row.name for row in rows], [f"Section of {OTHER_TENANT}"])
            later = self.kind.old.short()
        with tenant_context("testclient"), self.assertRaises(WrongTenant):
            list(later)

    def test_what_an_object_gives_is_of_its_tenant(self) -> None:
        with tenant_context("testclient"):
            article = Article(pk=Section.objects.get().pk)
            self.assertEqual(article.old.get().name, "Section of testclient")  # type: ignore[attr-defined]
        with tenant_context(OTHER_TENANT), self.assertRaises(WrongTenant):
            list(article.old.all())  # type: ignore[attr-defined]

    def test_arguments_of_its_own_are_passed_on(self) -> None:
        with tenant_context("testclient"):
            self.assertFalse(self.kind.old.get_queryset({"name": "Another"}).exists())
            article = Article(pk=Section.objects.get().pk)
            self.assertFalse(article.old.get_queryset({"name": "Another"}).exists())  # type: ignore[attr-defined]

    def test_it_makes_one_class_however_often_it_is_asked(self) -> None:
        self.assertIs(type(self.kind.old), type(self.kind.old))
        self.assertIsInstance(self.kind.old, OldManager)
