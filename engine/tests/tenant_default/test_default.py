"""TENANT_DEFAULT: whatever means ``default`` without saying so means the active tenant's database."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Thread
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import (
    connection,
    connections,
    migrations,
    models,
    router,
    transaction,
)
from django.db.migrations.state import ProjectState
from django.http import HttpRequest, HttpResponse
from django.test import (
    Client,
    SimpleTestCase,
    TestCase,
    TransactionTestCase,
    override_settings,
)
from django.urls import path

import manydb
from engine.site.magazine.models import Article, Section
from engine.site.news.models import Announcement
from engine.tests.names import host_of
from engine.tests.tenant.test_middleware import body_of
from manydb.core.routing import facts, listed, primary_of, real_alias
from manydb.exceptions import TenantRequired, WrongTenant
from manydb.tenants import tenant_context
from manydb.tenants.context import current_tenant, no_tenant
from manydb.tenants.default_database import rename_default
from manydb.testing import aliases_used

TENANTS = ("testclient", "acme")


class Failure(Exception):
    pass


@transaction.atomic
def bare() -> None:
    Section.objects.create(name="Bare")
    raise Failure


@transaction.atomic()
def called() -> None:
    Section.objects.create(name="Called")
    raise Failure


@transaction.atomic("default")
def named() -> None:
    Section.objects.create(name="Named")
    raise Failure


def in_a_block() -> None:
    with transaction.atomic():
        Section.objects.create(name="In a block")
        with transaction.atomic(durable=False), transaction.atomic(using=None):
            Section.objects.create(name="Inner")
        raise Failure


def by_hand() -> None:
    transaction.set_autocommit(False)
    try:
        Section.objects.create(name="By hand")
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    raise Failure


class Transactions(TransactionTestCase):
    databases = {"catalog", "TESTCLIENT", "ACME"}

    def test_a_failure_rolls_back_what_was_written(self) -> None:
        for name in TENANTS:
            for work in (bare, called, named, in_a_block, by_hand):
                with self.subTest(work=work.__name__, tenant=name), tenant_context(name):
                    with self.assertRaises(Failure):
                        work()
                    self.assertEqual(Section.objects.count(), 0)

    def test_hooks_wait_for_the_tenants_commit_and_go_with_its_rollback(self) -> None:
        done: list[str] = []
        with tenant_context("acme"):
            with transaction.atomic():
                transaction.on_commit(lambda: done.append(connection.alias))
                self.assertEqual(done, [])
            self.assertEqual(done, ["ACME"])
            with self.assertRaises(Failure), transaction.atomic():
                transaction.on_commit(lambda: done.append("never"))
                raise Failure
        self.assertEqual(done, ["ACME"])

    def test_a_transaction_inside_another_tenants(self) -> None:
        with tenant_context("acme"), self.assertRaises(Failure), transaction.atomic():
            Section.objects.create(name="Of acme")
            with tenant_context("testclient"), transaction.atomic():
                Section.objects.create(name="Of testclient")
            raise Failure
        self.assertEqual(Section.objects.using("ACME").count(), 0)
        self.assertEqual(Section.objects.using("TESTCLIENT").count(), 1)

    def test_locks_are_taken_inside_of_the_tenants_transaction(self) -> None:
        with tenant_context("acme"), transaction.atomic():
            self.assertEqual(list(Section.objects.select_for_update()), [])


class Without(TestCase):
    databases = {"catalog", "TESTCLIENT", "ACME"}

    def test_each_way_to_the_database_needs_a_tenant(self) -> None:
        ways: dict[str, Callable[[], object]] = {
            "atomic": bare,
            "on_commit": lambda: transaction.on_commit(bare),
            "a cursor": lambda: connection.cursor().execute("SELECT 1"),
            "tables": lambda: connection.introspection.table_names(),
            "a name": lambda: list(Section.objects.using("default")),
            "a manager": lambda: Section.objects.db_manager("default").count(),
            "a save": lambda: Section(name="x").save(using="default"),
            "the connection": lambda: connections["default"].ensure_connection(),
            "raw": lambda: list(Section.objects.raw("SELECT 1", using="default")),
        }
        for name, way in ways.items():
            with (
                self.subTest(way=name),
                aliases_used() as used,
                self.assertRaisesRegex(TenantRequired, "tenant"),
            ):
                way()
            self.assertEqual(used, [])

    def test_migrate_names_the_commands_that_are_meant(self) -> None:
        for more in ({}, {"check_unapplied": True}, {"app_label": "manydb_tenants"}):
            with (
                aliases_used() as used,
                self.assertRaisesRegex(
                    CommandError, "migrate_databases for all.*--database catalog"
                ),
            ):
                call_command("migrate", verbosity=0, **more)
            self.assertEqual(used, [])

    def test_names_and_features_need_none(self) -> None:
        self.assertEqual(connection.ops.quote_name("x"), connections["ACME"].ops.quote_name("x"))
        self.assertEqual(connection.vendor, connections["ACME"].vendor)
        self.assertFalse(connection.in_atomic_block)

    def test_the_error_says_what_to_do(self) -> None:
        with self.assertRaisesRegex(TenantRequired, r'"catalog".*tenant_command <tenant> --'):
            connection.cursor()


class Rows(TestCase):
    databases = {"catalog", "TESTCLIENT", "ACME"}

    def test_what_the_body_of_a_migration_asks_about_the_server_needs_no_tenant(self) -> None:
        with no_tenant():
            version = connections["catalog"].get_database_version()
            self.assertEqual(connection.get_database_version(), version)
            self.assertIs(connection.features.supports_json_field, True)

    def test_connection_is_the_tenants(self) -> None:
        for name in TENANTS:
            with tenant_context(name):
                self.assertEqual(connection.alias, name.upper())
                self.assertIs(connections["default"], connections[name.upper()])
                with connection.cursor() as cursor:
                    cursor.execute("SELECT COUNT(*) FROM magazine_section")

    def test_a_request_that_ends_forgets_no_connection_of_the_tenant(self) -> None:
        connections["default"]
        with tenant_context("acme"):
            ours = connections["ACME"]
            connections.forget_closed()  # type: ignore[attr-defined]
            self.assertIs(connections["ACME"], ours)
            self.assertIs(connections["default"], ours)

    def test_default_named_by_hand_is_the_tenants(self) -> None:
        for name in TENANTS:
            with self.subTest(tenant=name), tenant_context(name), aliases_used() as used:
                section = Section(name=name)
                section.save(using="default")
                self.assertEqual(section._state.db, name.upper())
                found = Section.objects.using("default").get()
                self.assertEqual(found._state.db, name.upper())
                found = Section.objects.db_manager("default").get()
                found.refresh_from_db(using="default")
                article = Article(title="x", section=found)
                article.save(using="default")
                Article.objects.using("default").bulk_create([Article(title="y", section=section)])
                self.assertEqual(found.articles.using("default").count(), 2)
                text = serializers.serialize("json", Section.objects.using("default"))
                for each in serializers.deserialize("json", text, using="default"):
                    each.save(using="default")
                article.delete(using="default")
                self.assertEqual(set(used), {name.upper()})
        self.assertEqual(Section.objects.using("ACME").get().name, "acme")

    def test_an_object_of_one_tenant_is_refused_in_the_others_default(self) -> None:
        with tenant_context("acme"):
            theirs = Section(name="Theirs")
            theirs.save(using="default")
            queryset = Section.objects.using("default").all()
        for attempt in (
            lambda: theirs.save(using="default"),
            lambda: theirs.delete(using="default"),
            lambda: list(queryset),
        ):
            with tenant_context("testclient"), self.assertRaises(WrongTenant):
                attempt()
        with no_tenant():
            self.assertEqual(theirs._state.db, "ACME")

    def test_content_types_that_were_kept_for_default_are_the_tenants(self) -> None:
        for name in TENANTS:
            with tenant_context(name):
                kind = ContentType.objects.db_manager("default").get_for_model(Section)
                self.assertEqual(kind._state.db, name.upper())

    def test_permissions_are_made_in_the_tenants_database(self) -> None:
        with tenant_context("acme"):
            Permission.objects.all().delete()
            ContentType.objects.clear_cache()
            create_permissions(apps.get_app_config("magazine"), verbosity=0)
            self.assertTrue(Permission.objects.filter(codename="add_article").exists())

    def test_shared_models_are_in_the_catalog(self) -> None:
        with tenant_context("acme"), aliases_used() as used:
            Announcement.objects.create(text="For all")
        self.assertEqual(set(used), {"catalog"})
        self.assertEqual(router.db_for_write(apps.get_model("manydb_tenants.Tenant")), "catalog")

    def test_a_pool_of_threads_works_for_who_asked_and_keeps_no_tenant(self) -> None:
        def alias() -> str:
            return connection.alias

        done: list[str] = []
        with ThreadPoolExecutor(1) as pool:
            for tenant in TENANTS:
                with tenant_context(tenant):
                    work = pool.submit(alias)
                    work.add_done_callback(lambda _: done.append(connection.alias))
                    self.assertEqual(
                        [work.result(), *pool.map(lambda _: alias(), [1])], [alias()] * 2
                    )
                    self.assertEqual(pool.submit(copy_context().run, alias).result(), alias())
            self.assertIsNone(pool.submit(current_tenant).result())
        self.assertEqual(done, ["TESTCLIENT", "ACME"])

    def test_a_thread_of_its_own_has_no_tenant(self) -> None:
        raised: list[Exception] = []

        def use() -> None:
            try:
                connection.cursor()
            except Exception as error:
                raised.append(error)

        with tenant_context("acme"):
            thread = Thread(target=use)
            thread.start()
            thread.join()
        self.assertIsInstance(raised[0], TenantRequired)

    def test_each_task_has_the_database_of_its_tenant(self) -> None:
        async def alias(name: str, ready: asyncio.Barrier) -> str:
            with tenant_context(name):
                await ready.wait()
                return connections["default"].alias

        async def both() -> list[str]:
            ready = asyncio.Barrier(2)
            return await asyncio.gather(*(alias(name, ready) for name in TENANTS))

        self.assertEqual(asyncio.run(both()), ["TESTCLIENT", "ACME"])


def note(request: HttpRequest) -> HttpResponse:
    Section.objects.create(name="Seen")
    return HttpResponse(f"{connection.alias} {connection.in_atomic_block}")


async def note_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{connection.alias} {await Section.objects.acount()}")


def fail(request: HttpRequest) -> HttpResponse:
    Section.objects.create(name="Seen")
    raise Failure


@transaction.non_atomic_requests
def exempt(request: HttpRequest) -> HttpResponse:
    return note(request)


urlpatterns = [
    path("note/", note),
    path("async/", note_async),
    path("exempt/", exempt),
    path("fail/", fail),
]


@override_settings(ROOT_URLCONF=__name__)
class Requests(TransactionTestCase):
    databases = {"catalog", "TESTCLIENT", "ACME"}

    def setUp(self) -> None:
        for alias in ("catalog", "TESTCLIENT", "ACME"):
            self.enterContext(patch.dict(connections.settings[alias], ATOMIC_REQUESTS=True))

    def test_a_view_is_one_transaction_of_the_tenant_and_none_of_the_catalog(self) -> None:
        client = Client(headers={"host": host_of("acme")}, raise_request_exception=False)
        with aliases_used() as used:
            self.assertEqual(client.post("/note/").content, b"ACME True")
        self.assertNotIn("catalog", used)
        self.assertEqual(client.post("/exempt/").content, b"ACME False")
        self.assertEqual(client.post("/fail/").status_code, 500)
        self.assertEqual(Section.objects.using("ACME").count(), 2)


@override_settings(ROOT_URLCONF=__name__)
class AsyncRequests(TransactionTestCase):
    databases = {"catalog", "TESTCLIENT", "ACME"}

    async def test_async_views_have_the_tenants_database(self) -> None:
        self.assertEqual(await body_of("/async/", host_of("acme")), "ACME 0")


class Migrating(TransactionTestCase):
    databases = {"catalog", "TESTCLIENT", "ACME"}

    def test_a_migration_that_names_no_database_works_in_the_tenants(self) -> None:
        def forwards(registry: Any, schema_editor: Any) -> None:
            connection.cursor().execute("INSERT INTO magazine_section (name) VALUES ('By SQL')")
            with transaction.atomic():
                Section.objects.create(name="By a model")
            create_permissions(apps.get_app_config("magazine"), verbosity=0)

        operation = migrations.RunPython(forwards)
        state = ProjectState()
        with tenant_context("acme"), connections["ACME"].schema_editor() as editor:
            operation.database_forwards("sites", editor, state, state)
        self.assertEqual(Section.objects.using("ACME").count(), 2)
        self.assertEqual(Section.objects.using("TESTCLIENT").count(), 0)


class Aliases(SimpleTestCase):
    def test_default_is_found_and_not_listed(self) -> None:
        self.assertNotIn("default", listed())
        self.assertEqual(next(iter(connections)), "catalog")
        self.assertIn("default", connections.settings)
        self.assertEqual(facts("default"), {})
        with tenant_context("acme"):
            self.assertEqual((real_alias("default"), primary_of("default")), ("ACME", "ACME"))
            self.assertTrue(router.allow_migrate_model("default", Section))
            self.assertFalse(router.allow_migrate_model("default", Announcement))
        self.assertEqual(real_alias("default"), "default")

    def test_the_catalog_takes_the_place_of_default_and_its_replicas(self) -> None:
        entry = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}
        databases = manydb.databases(
            {"default": entry}, replicas={"default": {"HOST": "a,b"}}, tenants=["acme"]
        )
        rename_default(databases)
        self.assertEqual(
            list(databases),
            ["catalog", "catalog_RO", "catalog_RO2", "ACME", "ACME_RO", "ACME_RO2"],
        )
        self.assertEqual(databases["catalog"]["REPLICAS"], ["catalog_RO", "catalog_RO2"])
        self.assertEqual(databases["catalog_RO2"]["REPLICA_OF"], "catalog")
        self.assertEqual(databases["catalog_RO2"]["TEST"]["MIRROR"], "catalog")
        self.assertEqual(databases["catalog"]["NAME"], "shop")
        waits = [entry["TEST"]["DEPENDENCIES"] for entry in databases.values()]
        self.assertEqual(waits, [[]] * 6)  # for no database named default

    def test_a_catalog_that_is_listed_stays_where_it_is(self) -> None:
        entry = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}
        databases = manydb.databases(
            {"default": entry, "catalog": {**entry, "NAME": "shop_catalog"}, "other": entry},
            replicas={"default": {}, "catalog": {}},
            tenants={"acme": {"NAME": "shop"}},
        )
        rename_default(databases)
        self.assertEqual(list(databases), ["catalog", "catalog_RO", "other", "ACME", "ACME_RO"])
        self.assertEqual(databases["catalog"]["NAME"], "shop_catalog")
        self.assertEqual(databases["ACME"]["NAME"], "shop")


class NamedInTests(TestCase):
    databases = {"default"}

    def test_a_test_that_names_default_may_use_what_is_shared(self) -> None:
        self.assertEqual(self.databases, {"catalog"})
        Announcement.objects.create(text="For all")

    def test_models_have_a_place(self) -> None:
        self.assertTrue(issubclass(Section, models.Model))
