"""What packages keep in the process is each tenant's."""

from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.contrib.sites.shortcuts import get_current_site
from django.core.checks.urls import check_url_config
from django.test import RequestFactory, SimpleTestCase, TestCase, override_settings
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    resolve,
    reverse,
)

from engine.site.magazine import migrations as magazine_migrations
from engine.site.magazine import models as magazine
from engine.site.magazine.models import Archive, Article, Section
from engine.tests.names import host_of
from engine.tests.placed import addresses
from engine.tests.placed.test_border import placed
from manydb.tenants import tenant_context
from manydb.tenants.cached_functions import reads_rows, separate
from manydb.tenants.package_checks import check_packages
from manydb.tenants.process_values import OfEachTenant

TENANTS = ("testclient", "acme")


class Sites(TestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    @classmethod
    def setUpTestData(cls) -> None:
        for name in TENANTS:
            with tenant_context(name):
                Site.objects.update_or_create(pk=1, defaults={"domain": f"{name}.example"})

    def domains(self, look: Any) -> list[str]:
        found = []
        for name in (*TENANTS, *TENANTS):
            with tenant_context(name):
                found.append(look(name))
        return found

    def test_the_current_site_is_the_tenants(self) -> None:
        domains = self.domains(lambda name: Site.objects.get_current().domain)
        self.assertEqual(domains, ["testclient.example", "acme.example"] * 2)

    @override_settings(SITE_ID=None)
    def test_so_is_the_site_of_a_request(self) -> None:
        for name in TENANTS:
            with tenant_context(name):
                Site.objects.update(domain="shop.testserver", name=name)
        request = RequestFactory().get("/", headers={"host": "shop.testserver"})
        with self.settings(ALLOWED_HOSTS=["*"]):
            names = self.domains(lambda name: get_current_site(request).name)
        self.assertEqual(names, list(TENANTS) * 2)

    def test_a_site_that_changes_is_found_again(self) -> None:
        self.domains(lambda name: Site.objects.get_current())
        with tenant_context("acme"):
            site = Site.objects.get_current()
            site.domain = "new.example"
            site.save()
            self.assertEqual(Site.objects.get_current().domain, "new.example")
        Site.objects.clear_cache()
        domains = self.domains(lambda name: Site.objects.get_current().domain)
        self.assertEqual(domains, ["testclient.example", "new.example"] * 2)

    def test_content_types_with_other_keys_are_not_mixed_up(self) -> None:
        self.addCleanup(ContentType.objects.clear_cache)  # their rows are rolled back
        with tenant_context("acme"):
            kind = ContentType.objects.get_for_model(Article)
            ContentType.objects.filter(pk=kind.pk).delete()
            ContentType.objects.clear_cache()
            theirs = ContentType.objects.get_for_model(Article)
        with tenant_context("testclient"):
            ours = ContentType.objects.get_for_model(Article)
            self.assertEqual(ContentType.objects.get_for_id(ours.pk).model, "article")
        with tenant_context("acme"):
            self.assertEqual(ContentType.objects.get_for_model(Article).pk, theirs.pk)
            self.assertNotEqual(theirs.pk, ours.pk)

    def test_hosts_are_of_tenants(self) -> None:
        self.assertEqual(host_of("acme"), "acme.testserver")


class CachedFunctions(TestCase):
    """A function of a package that reads rows, under ``lru_cache``."""

    databases = {"default", "TESTCLIENT", "ACME"}

    def test_one_that_reads_rows_keeps_those_of_each_tenant(self) -> None:
        for name in TENANTS:
            with tenant_context(name):
                Article.objects.create(title=name, section=Section.objects.create(name="News"))
        self.addCleanup(magazine.titles.cache_clear)
        self.addCleanup(Archive.number_of.cache_clear)
        for name in (*TENANTS, *TENANTS):
            with tenant_context(name):
                self.assertEqual(magazine.titles(), [name])
                self.assertEqual(Archive.number_of("acme"), int(name == "acme"))
                Article.objects.create(title="Later", section=Section.objects.get())
        with tenant_context("acme"):
            self.assertEqual(magazine.titles.cache_info().hits, 1)
            magazine.titles.cache_clear()
            self.assertEqual(len(magazine.titles()), 3)

    def test_one_that_reads_none_is_left_as_it_is(self) -> None:
        length_of: Any = Archive.length_of
        self.assertFalse(reads_rows(length_of.__func__))
        self.assertEqual(type(length_of.__func__).__name__, "_lru_cache_wrapper")

    def test_a_name_under_which_another_module_has_it_is_changed_too(self) -> None:
        cached = cache(magazine._of_articles)
        with (
            patch.object(magazine, "fresh", cached, create=True),
            patch.object(magazine_migrations, "borrowed", cached, create=True),
        ):
            separate()
            self.assertIs(magazine.fresh, magazine_migrations.borrowed)  # type: ignore[attr-defined]
            self.assertIsNot(magazine.fresh, cached)  # type: ignore[attr-defined]


@override_settings(ROOT_URLCONF="engine.tests.placed.addresses")
class Addresses(TestCase):
    """A resolver of a package that makes its patterns of rows, and keeps them."""

    databases = {"default", "TESTCLIENT", "ACME"}

    def setUp(self) -> None:
        self.addCleanup(addresses.forget)  # their rows are rolled back
        for name in TENANTS:
            with tenant_context(name):
                Section.objects.create(name=name)

    def test_each_tenant_has_those_of_its_rows(self) -> None:
        for name, other in (TENANTS, TENANTS[::-1], TENANTS, TENANTS[::-1]):
            with tenant_context(name):
                self.assertEqual(reverse("page"), f"/{name}/")
                self.assertEqual(reverse("inner:page"), f"/inner/{name}/")
                self.assertEqual(reverse("own:page"), f"/own/{name}/")
                for beginning in ("/", "/inner/", "/own/"):
                    self.assertEqual(resolve(f"{beginning}{name}/").url_name, "page")
                    with self.assertRaises(Resolver404):
                        resolve(f"{beginning}{other}/")

    def test_where_no_tenant_is_active_there_are_none(self) -> None:
        self.assertEqual((reverse("plain"), resolve("/plain/").url_name), ("/plain/", "plain"))
        with self.assertRaises(NoReverseMatch):
            reverse("page")
        self.assertEqual(check_url_config(None), [])
        with tenant_context("acme"):
            self.assertEqual(reverse("page"), "/acme/")

    def test_they_are_made_once_until_their_owner_forgets_them(self) -> None:
        with tenant_context("acme"):
            reverse("page"), reverse("own:page")
            with self.assertNumQueries(0):
                reverse("page"), reverse("own:page"), resolve("/acme/")
            addresses.forget()
            Section.objects.update(name="later")
            self.assertEqual((reverse("page"), reverse("own:page")), ("/later/", "/own/later/"))

    def test_resolvers_of_django_alone_are_left_as_they_are(self) -> None:
        below = {type(each) for each in get_resolver("engine.site.urls").url_patterns}
        self.assertLessEqual(below, {URLPattern, URLResolver})
        self.assertIs(type(get_resolver("engine.site.urls")._reverse_dict), dict)


class Kept(SimpleTestCase):
    def test_as_many_tenants_are_kept_as_memory_bears(self) -> None:
        kept = OfEachTenant()
        with patch("manydb.tenants.process_values.current_identity") as identity:
            for number in range(1100):
                identity.return_value = str(number)
                kept["key"] = number
                self.assertEqual(dict(kept), {"key": number})
            identity.return_value = "0"
            self.assertEqual(len(kept), 0)

    def test_what_is_in_no_table_is_reported_wherever_the_tables_are(self) -> None:
        self.assertEqual(check_packages(None), [])
        names = (
            "haystack",
            "constance",
            "dbtemplates",
            "axes",
            "waffle",
            "rosetta",
            "django_celery_beat",
        )
        configs = [SimpleNamespace(name=name, label=name) for name in names]
        with patch.object(apps, "get_app_configs", return_value=configs):
            found = [str(each.msg).split()[0] for each in check_packages(None)]
            expected = ["constance", "dbtemplates", "haystack", "rosetta", "celery-beat"]
            self.assertEqual(found, [f"django-{name}" for name in expected])
            with placed(TENANT_APPS=["*"], SHARED_APPS=["django_celery_beat", "rosetta"]):
                self.assertEqual(len(check_packages(None)), 3)
            with override_settings(CONSTANCE_BACKEND="constance.backends.database.DatabaseBackend"):
                self.assertEqual(len(check_packages(None)), 4)

    def test_one_site_for_all_tenants_is_reported(self) -> None:
        with placed(TENANT_APPS=["magazine.Section"]):
            (warning,) = check_packages(None)
        self.assertIn("django.contrib.sites has one current site", warning.msg)
