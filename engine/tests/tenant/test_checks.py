"""What would let tenants meet, or a queryset not know whose it is, is found by ``check``."""

from types import SimpleNamespace
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.test import SimpleTestCase, override_settings
from django.test.utils import isolate_apps
from django.utils.functional import lazy

from manydb.core.models import TenantManager, TenantModel, TenantQuerySet
from manydb.core.project import engine_dir
from manydb.tenants import settings_checks
from manydb.tenants.generator_checks import check_generators
from manydb.tenants.manager_checks import check_copies, check_descriptors, check_managers
from manydb.tenants.package_checks import PACKAGES, check_packages
from manydb.tenants.source_files import own_sources

from .sources import found_in


class InSettings(SimpleTestCase):
    def ids(self) -> list[str]:
        checks = (
            settings_checks.check_caches,
            settings_checks.check_sessions,
            settings_checks.check_storage,
            settings_checks.check_middleware,
            settings_checks.check_hosts,
        )
        return [str(message.id) for check in checks for message in check(None)]

    def test_nothing_is_found_in_this_project(self) -> None:
        self.assertEqual(self.ids(), [])

    def test_what_would_let_tenants_meet_is_found(self) -> None:
        backend = "django.core.files.storage.FileSystemStorage"
        with override_settings(
            CACHES={"default": {"BACKEND": settings.CACHES["default"]["BACKEND"]}},
            SESSION_ENGINE="django.contrib.sessions.backends.cache",
            STORAGES=settings.STORAGES | {"invoices": {"BACKEND": backend}},
            MIDDLEWARE=[
                "django.contrib.sessions.middleware.SessionMiddleware",
                *settings.MIDDLEWARE,
            ],
        ):
            self.assertEqual(self.ids(), [f"manydb.W20{number}" for number in (3, 4, 5, 6)])


class BetweenHosts(SimpleTestCase):
    def found(self, **changed: object) -> list[str]:
        with override_settings(BASE_DOMAIN="shop.example", **changed):
            return [message.msg for message in settings_checks.check_hosts(None)]

    def test_what_lets_a_page_of_one_tenant_act_on_another_is_found(self) -> None:
        for changed in (
            {"CSRF_TRUSTED_ORIGINS": ["https://*.shop.example"]},
            {"CSRF_TRUSTED_ORIGINS": ["https://pay.example", "http://*.example"]},
            {"SESSION_COOKIE_DOMAIN": ".shop.example"},
            {"SESSION_COOKIE_DOMAIN": "shop.example"},
            {"CSRF_COOKIE_DOMAIN": ".example"},
            {"LANGUAGE_COOKIE_DOMAIN": ".shop.example"},
        ):
            with self.subTest(changed):
                (message,) = self.found(**changed)
                self.assertIn(next(iter(changed)), message)

    def test_what_concerns_one_host_is_not(self) -> None:
        for changed in (
            {"CSRF_TRUSTED_ORIGINS": ["https://shop.example", "https://pay.example"]},
            {"CSRF_TRUSTED_ORIGINS": ["https://*.elsewhere.example"]},
            {"SESSION_COOKIE_DOMAIN": "admin.shop.example"},
            {"CSRF_TRUSTED_ORIGINS": ["https://*.shop.example"], "TENANT_RESOLVERS": []},
        ):
            with self.subTest(changed):
                self.assertEqual(self.found(**changed), [])


class LinksOfSettings(SimpleTestCase):
    def found(self, **changed: object) -> list[str]:
        with override_settings(BASE_DOMAIN="shop.example", ALLOWED_HOSTS=["shop.test"], **changed):
            return [message.msg for message in settings_checks.check_links(None)]

    def test_the_address_of_this_site_for_all_tenants_is_found(self) -> None:
        for name, address in (
            ("SITE_ROOT", "https://shop.example"),
            ("WAGTAILADMIN_BASE_URL", "http://www.shop.example:8000/"),
            ("BASE_URL", "https://root:word@shop.test/"),
            ("SITEURL", "https://SHOP.test"),
        ):
            with self.subTest(name):
                (message,) = self.found(**{name: address})
                self.assertIn(name, message)
                self.assertNotIn("word", message)

    def test_addresses_of_others_and_lazy_ones_are_not(self) -> None:
        for name, address in (
            ("PAYMENT_BASE_URL", "https://pay.example"),
            ("SITE_URL", lazy(lambda: "https://acme.shop.example", str)()),
            ("SITE_ROOT", "/shop.example/"),
            ("SITE_ROOT", "http://[shop.example"),
            ("MEDIA_URL", "https://shop.example/media/"),
        ):
            with self.subTest(name):
                self.assertEqual(self.found(**{name: address}), [])


class InModels(SimpleTestCase):
    @isolate_apps("engine.site.notes", kwarg_name="isolated")
    def test_managers_whose_querysets_do_not_know_their_tenant(self, isolated) -> None:
        class Hidden(TenantManager):
            def get_queryset(self) -> models.QuerySet:
                return models.QuerySet(self.model, using=self._db)

        class Order(TenantModel):
            objects = models.Manager()
            hidden = Hidden()
            in_order = TenantManager()

            class Meta:
                app_label = "notes"

        found = check_managers([isolated.get_app_config("notes")])
        self.assertEqual({message.id for message in found}, {"manydb.E201"})
        names = sorted(message.msg.split()[0] for message in found)
        self.assertEqual(names, ["notes.Order.hidden", "notes.Order.objects"])

    @isolate_apps("engine.site.notes", kwarg_name="isolated")
    def test_the_way_out_names_the_class_that_is_written_somewhere(self, isolated) -> None:
        class Rows(models.QuerySet): ...

        class Ours(TenantQuerySet): ...

        class Plain(models.Manager): ...

        class Order(TenantModel):
            first = Rows.as_manager()
            second = Plain()
            third = Plain.from_queryset(Rows, "Third")()
            fourth = Ours.as_manager()

            class Meta:
                app_label = "notes"

        found = check_managers([isolated.get_app_config("notes")])
        self.assertEqual(
            [str(message.hint).partition(" See ")[0] for message in found],
            [
                "Derive Rows from manydb.models.TenantQuerySet: Rows.as_manager() is right then.",
                "Derive Plain from manydb.models.TenantManager.",
                "Derive Third from manydb.models.TenantManager and Rows from manydb.models.TenantQuerySet.",
            ],
        )

    @isolate_apps("engine.site.notes", kwarg_name="isolated")
    def test_rows_that_an_attribute_gives_which_django_does_not_list(self, isolated) -> None:
        class Trash:
            """As packages of histories, trees and soft deletion give their managers."""

            def __get__(self, instance: object, owner: type[models.Model]) -> models.Manager:
                manager = models.Manager()
                manager.model = owner
                return manager

        class OfAnObject:
            def __get__(self, instance: object, owner: object) -> object:
                return instance.missing  # type: ignore[attr-defined]

        class Ours(Trash):
            def __get__(self, instance: object, owner: type[models.Model]) -> models.Manager:
                manager = TenantManager()
                manager.model = owner
                return manager

        class Order(TenantModel):
            trash = Trash()
            ours = Ours()
            other = OfAnObject()

            class Meta:
                app_label = "notes"

        Order.all_at_once = models.QuerySet(Order)
        found = check_descriptors([isolated.get_app_config("notes")])
        self.assertEqual({message.id for message in found}, {"manydb.E204"})
        names = sorted(message.msg.split()[0] for message in found)
        self.assertEqual(names, ["notes.Order.all_at_once", "notes.Order.trash"])

    @isolate_apps("engine.site.notes", kwarg_name="isolated")
    def test_a_shared_model_that_was_made_for_a_tenants_one(self, isolated) -> None:
        class Order(TenantModel):
            class Meta:
                app_label = "notes"

        class OrderEvent(models.Model):  # noqa: DJ008
            tracked = Order

            class Meta:
                app_label = "notes"

        class OrderHistory(models.Model):  # noqa: DJ008
            class Meta:
                app_label = "notes"

        class Descriptor:
            def __get__(self, instance: object, owner: object) -> models.Manager:
                manager = models.Manager()
                manager.model = OrderHistory
                return manager

        Order.history = Descriptor()
        with patch.object(apps, "get_models", isolated.get_models):
            found = check_copies([isolated.get_app_config("notes")])
        self.assertEqual({message.id for message in found}, {"manydb.E205"})
        self.assertEqual({message.obj for message in found}, {OrderEvent, OrderHistory})
        self.assertIn('"notes.OrderHistory" to TENANT_APPS', str(found[0].hint))

    def test_the_site_itself_has_neither(self) -> None:
        self.assertEqual([*check_descriptors(None), *check_copies(None)], [])

    @isolate_apps("engine.site.notes")
    def test_a_file_in_a_storage_of_its_own(self) -> None:
        class WithPrivateFiles(models.FileField):
            private = FileSystemStorage()

            def __init__(self, *args: object, **kwargs: object) -> None:
                super().__init__(*args, **kwargs)  # type: ignore[arg-type]
                self.storages = {"public": self.storage, "private": self.private}

        class Invoice(TenantModel):
            scan = models.FileField(storage=FileSystemStorage())
            letter = WithPrivateFiles()
            note = models.FileField()

            class Meta:
                app_label = "notes"

        with patch.object(apps, "get_models", return_value=[Invoice]):
            found = settings_checks.check_storage(None)
        self.assertEqual([each.id for each in found], ["manydb.W205"] * 2)
        for name, each in zip(("scan", "letter"), found, strict=True):
            self.assertIn(f"notes.Invoice.{name}", each.msg)


class Packages(SimpleTestCase):
    def found(self, *modules: str, **changed: object) -> list[str]:
        configs = [SimpleNamespace(name=module, label=module) for module in modules]
        with (
            override_settings(**changed),
            patch.object(apps, "get_app_configs", lambda: configs),
        ):
            return [f"{each.id} {each.msg}" for each in check_packages(None)]

    def test_one_that_lets_tenants_meet_is_named_once(self) -> None:
        self.assertEqual(check_packages(None), [])
        wrong = [package.module for package in PACKAGES if not package.of_all]
        found = self.found(*(package.module for package in PACKAGES))
        self.assertEqual(len(found), len(wrong))
        (found,) = self.found("axes")
        self.assertIn("manydb.W208 django-axes counts wrong passwords", found)

    def test_unless_it_is_adapted_or_meant(self) -> None:
        handler = "axes.handlers.cache.AxesCacheHandler"
        self.assertEqual(self.found("axes", AXES_HANDLER=handler), [])
        self.assertEqual(self.found("axes", SHARED_APPS=["axes"]), [])
        self.assertEqual(self.found("easyaudit", TENANT_APPS=["easyaudit"]), [])
        self.assertEqual(self.found("easyaudit", TENANT_APPS=["*"]), [])


class OwnSources(SimpleTestCase):
    def test_a_copy_of_the_engine_in_a_project_is_not_read(self) -> None:
        """It is the same in every project, and to read it took a third of `manage.py check`."""
        self.assertTrue(own_sources(None))
        with override_settings(BASE_DIR=engine_dir().parent):
            self.assertEqual(own_sources([apps.get_app_config("manydb_tenants")]), [])


class InGenerators(SimpleTestCase):
    def test_one_that_yields_inside_of_a_tenant_is_found(self) -> None:
        for kind in ("def", "async def"):
            with self.subTest(kind):
                source = f"""
                    {kind} rows(tenants):
                        for tenant in tenants:
                            with context.tenant_context(tenant):
                                for note in Note.objects.all():
                                    yield note.text
                """
                self.assertEqual(found_in(source, check_generators), ["manydb.W207:4"])

    def test_what_is_in_order_is_not(self) -> None:
        source = """
            @contextmanager
            def entered(tenant):
                with tenant_context(tenant):
                    yield

            def rows(tenant):
                with tenant_context(tenant):
                    def inner():
                        yield 1
                    found = list(inner())
                yield from found

            @tenant_context("acme")
            def decorated():
                yield 1
        """
        self.assertEqual(found_in(source, check_generators), [])

    def test_nothing_is_found_in_this_project(self) -> None:
        self.assertEqual(check_generators(None), [])
