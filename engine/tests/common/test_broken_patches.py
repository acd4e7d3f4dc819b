"""Each patch refuses a Django in which what it changes has moved, instead of doing nothing."""

import argparse
import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from unittest import mock

from django.contrib import auth
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import middleware as auth_middleware
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.contenttypes.models import ContentType, ContentTypeManager
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.core import management
from django.core.handlers import exception as handlers_exception
from django.core.management import sql as management_sql
from django.core.management.base import BaseCommand
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.mysql.features import DatabaseFeatures
from django.db.backends.mysql.operations import DatabaseOperations
from django.db.migrations import Migration, state
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field, FileField, Manager, Model, QuerySet, sql
from django.db.models.base import ModelState
from django.db.models.fields import related, related_descriptors
from django.db.models.fields.files import FileDescriptor
from django.db.models.manager import BaseManager
from django.db.models.options import Options
from django.db.models.query import RawQuerySet
from django.db.transaction import Atomic
from django.db.utils import ConnectionHandler
from django.dispatch import Signal
from django.test import SimpleTestCase, testcases, utils
from django.test.utils import isolate_apps
from django.urls import URLResolver
from django.urls import base as urls_base
from django.urls import resolvers as urls_resolvers

from manydb import patches
from manydb.core.models import TenantManager, TenantModel
from manydb.exceptions import PatchFailed
from manydb.patches import (
    base_managers,
    connection_handler,
    error_responses,
    generic_foreign_keys,
    link_tables,
    mysql_time_zones,
    related_managers,
)

Break = AbstractContextManager[object]


@contextmanager
def moved(owner: object, name: str) -> Iterator[None]:
    """As if a newer Django had renamed it."""
    own = vars(owner)[name]
    delattr(owner, name)
    setattr(owner, f"{name}_moved", own)
    try:
        yield
    finally:
        delattr(owner, f"{name}_moved")
        setattr(owner, name, own)


def other(owner: object, name: str, instead: object) -> Break:
    """As if a newer Django had written it anew."""
    return mock.patch.object(owner, name, instead)


def nothing(*args: object, **kwargs: object) -> None:
    """What has another signature, and calls nothing."""


class Unmanaged:
    """A manager of a relation that derives from no class it was given."""


BREAKS: dict[str, list[Callable[[], Break]]] = {
    "admin_models": [
        lambda: other(AdminSite, "__init__", nothing),
        lambda: other(AdminSite, "is_registered", nothing),
        lambda: moved(AdminSite, "get_urls"),
    ],
    "authentication": [
        lambda: other(auth, "load_backend", nothing),
        lambda: other(auth, "_get_backends", nothing),
        lambda: other(auth, "get_user", nothing),
        lambda: other(auth, "aget_user", nothing),
        lambda: other(auth, "aauthenticate", nothing),
        lambda: other(auth_middleware, "get_user", nothing),
        lambda: moved(AuthenticationMiddleware, "process_request"),
        lambda: moved(BaseBackend, "aget_user"),
        lambda: other(ModelBackend, "get_user", nothing),
    ],
    "health_checks": [
        lambda: moved(BaseDatabaseWrapper, "close_if_health_check_failed"),
        lambda: other(BaseDatabaseWrapper, "_cursor", lambda self, name=None: None),
    ],
    "autocommit": [
        lambda: moved(BaseDatabaseWrapper, "set_autocommit"),
        lambda: other(BaseDatabaseWrapper, "set_autocommit", lambda self, on: None),
        lambda: other(Atomic, "__enter__", nothing),
        lambda: other(Atomic, "__exit__", nothing),
    ],
    "base_managers": [
        lambda: moved(Options, "_expire_cache"),
        lambda: other(Options, "FORWARD_PROPERTIES", set()),
        lambda: other(Options, "base_manager", property(nothing)),
        lambda: moved(type(Model), "_base_manager"),
    ],
    "url_resolvers": [
        lambda: moved(urls_base, "_get_cached_resolver"),
        lambda: other(urls_resolvers, "get_ns_resolver", nothing),
        lambda: other(urls_base, "reverse", nothing),
        lambda: other(URLResolver, "_populate", nothing),
        lambda: other(URLResolver, "reverse_dict", property(nothing)),
        lambda: other(URLResolver, "url_patterns", property(nothing)),
    ],
    "thread_pools": [
        lambda: other(ThreadPoolExecutor, "submit", nothing),
        lambda: other(Future, "add_done_callback", nothing),
    ],
    "command_runs": [
        lambda: other(BaseCommand, "execute", nothing),
        lambda: moved(BaseCommand, "_called_from_command_line"),
        lambda: other(BaseCommand, "run_from_argv", nothing),
        lambda: other(management, "call_command", nothing),
    ],
    "command_options": [
        lambda: moved(BaseCommand, "create_parser"),
        lambda: other(BaseCommand, "create_parser", lambda self, prog_name: None),
        lambda: other(BaseCommand, "run_from_argv", nothing),
        lambda: other(argparse, "ArgumentParser", Unmanaged),
    ],
    "commit_hooks": [
        lambda: moved(BaseDatabaseWrapper, "on_commit"),
        lambda: other(BaseDatabaseWrapper, "on_commit", lambda self, func: None),
        lambda: other(transaction, "on_commit", nothing),
    ],
    "databases_of_tests": [
        lambda: other(testcases.SimpleTestCase, "_add_databases_failures", nothing),
        lambda: other(utils, "setup_databases", nothing),
    ],
    "error_responses": [
        lambda: other(error_responses, "_djangos", nothing),
        lambda: moved(handlers_exception, "convert_exception_to_response"),
        lambda: other(handlers_exception, "convert_exception_to_response", nothing),
    ],
    "file_descriptors": [
        lambda: other(FileDescriptor, "__get__", nothing),
        lambda: other(FileField, "descriptor_class", Unmanaged),
        lambda: other(FileField, "contribute_to_class", nothing),
    ],
    "generic_foreign_keys": [
        lambda: other(generic_foreign_keys, "_name", "is_cached"),
        lambda: other(generic_foreign_keys._descriptor, "__set__", nothing),
        lambda: other(ContentType, "get_object_for_this_type", nothing),
    ],
    "historical_models": [
        lambda: moved(state, "StateApps"),
        lambda: other(state, "StateApps", Unmanaged),
        lambda: moved(state.ModelState, "render"),
        lambda: other(state.ProjectState, "apps", property(nothing)),
    ],
    "link_tables": [
        lambda: moved(related, "create_many_to_many_intermediary_model"),
        lambda: other(related, "create_many_to_many_intermediary_model", nothing),
        lambda: moved(Options, "_expire_cache"),
        lambda: other(Options, "managers", property(nothing)),
    ],
    "migration_signals": [
        lambda: moved(Signal, "send"),
        lambda: other(Signal, "send", lambda self, sender: None),
        lambda: other(Signal, "send", nothing),
        lambda: other(management_sql, "emit_pre_migrate_signal", nothing),
        lambda: other(management_sql, "emit_post_migrate_signal", nothing),
    ],
    "migration_steps": [
        lambda: other(Migration, "apply", nothing),
        lambda: other(Migration, "unapply", nothing),
        lambda: other(MigrationExecutor, "apply_migration", nothing),
        lambda: other(MigrationExecutor, "unapply_migration", nothing),
        lambda: other(MigrationLoader, "collect_sql", nothing),
    ],
    "mirrored_connections": [
        lambda: moved(testcases, "_DatabaseFailure"),
        lambda: other(testcases, "_DatabaseFailure", lambda method, message: Unmanaged()),
        lambda: moved(ConnectionHandler, "create_connection"),
        lambda: moved(testcases.SimpleTestCase, "_remove_databases_failures"),
    ],
    "mysql_time_zones": [
        lambda: other(mysql_time_zones, "_djangos", nothing),
        lambda: moved(DatabaseFeatures, "has_zoneinfo_database"),
        lambda: other(DatabaseOperations, "datetime_cast_date_sql", nothing),
        lambda: other(mysql_time_zones, "split_tzname_delta", lambda name, zone: None),
    ],
    "object_state": [
        lambda: moved(ModelState, "db"),
        lambda: other(ModelState, "db", "default"),
        lambda: other(Model, "__init__", nothing),
        lambda: other(Model, "from_db", classmethod(nothing)),
        lambda: other(Model, "save_base", nothing),
        lambda: other(Model, "refresh_from_db", nothing),
        lambda: other(related_descriptors.ForwardOneToOneDescriptor, "get_object", nothing),
    ],
    "plain_rows": [
        lambda: other(Model, "__init__", nothing),
        lambda: other(Model, "from_db", classmethod(nothing)),
        lambda: other(related_descriptors.ForeignKeyDeferredAttribute, "__set__", nothing),
    ],
    "prefetches": [
        lambda: moved(related_descriptors.ForwardManyToOneDescriptor, "get_prefetch_querysets"),
        lambda: moved(related_descriptors.ReverseOneToOneDescriptor, "get_prefetch_querysets"),
        lambda: other(
            importlib.import_module("manydb.patches.prefetches"), "get_prefetcher", nothing
        ),
    ],
    "registered_admins": [
        lambda: other(AdminSite, "__init__", nothing),
        lambda: other(AdminSite, "register", nothing),
        lambda: other(AdminSite, "get_urls", nothing),
        lambda: other(ModelAdmin, "urls", nothing),
    ],
    "related_managers": [
        lambda: other(related_managers, "_FILTER", "_apply_rel_filter"),
        lambda: moved(related_descriptors, "create_reverse_many_to_one_manager"),
        lambda: other(
            related_descriptors, "create_forward_many_to_many_manager", lambda *given: Unmanaged
        ),
        lambda: other(
            related_descriptors,
            "create_reverse_many_to_one_manager",
            lambda superclass, rel: type("Plain", (superclass,), {}),
        ),
        lambda: other(
            related_descriptors.ManyToManyDescriptor, "related_manager_cls", property(nothing)
        ),
    ],
    "package_caches": [
        lambda: moved(ContentTypeManager, "_get_from_cache"),
        lambda: other(ContentTypeManager, "_add_to_cache", nothing),
        lambda: other(ContentTypeManager, "__init__", BaseManager.__init__),
    ],
    "package_models": [
        lambda: other(Options, "managers", property(nothing)),
        lambda: moved(Options, "_expire_cache"),
        lambda: other(Options, "FORWARD_PROPERTIES", set()),
        lambda: other(BaseManager, "deconstruct", nothing),
        lambda: other(BaseManager, "__eq__", nothing),
        lambda: other(type(Model), "_prepare", nothing),
    ],
    "package_querysets": [
        lambda: other(QuerySet, "__init__", nothing),
        lambda: other(BaseManager, "get_queryset", lambda self: None),
        lambda: other(QuerySet, "_clone", nothing),
    ],
    "server_cursors": [
        lambda: moved(BaseDatabaseWrapper, "_nodb_cursor"),
        lambda: moved(BaseDatabaseCreation, "_get_test_db_name"),
        lambda: other(BaseDatabaseCreation, "create_test_db", nothing),
        lambda: other(utils, "setup_test_environment", nothing),
    ],
    "session_keys": [
        lambda: moved(SessionBase, "_validate_session_key"),
        lambda: moved(SessionBase, "_get_new_session_key"),
        lambda: moved(SessionBase, "_aget_new_session_key"),
        lambda: other(SessionBase, "_set_session_key", nothing),
        lambda: moved(SessionBase, "_session_key"),
        lambda: other(DatabaseStore, "create", nothing),
        lambda: moved(CookieStore, "_get_session_key"),
        lambda: other(CookieStore, "save", nothing),
    ],
    "sqlite_texts": [
        lambda: moved(BaseDatabaseWrapper, "ensure_connection"),
        lambda: other(BaseDatabaseWrapper, "connect", nothing),
    ],
    "table_names": [
        lambda: mock.patch.object(Options, "db_table", property(nothing), create=True),
        lambda: mock.patch.object(Field, "column", property(nothing), create=True),
        lambda: other(Field, "set_attributes_from_name", nothing),
    ],
    "transactions_of_tests": [
        lambda: other(Atomic, "__init__", nothing),
        lambda: other(testcases.TestCase, "_enter_atomics", nothing),
    ],
    "watched_queries": [
        *(
            lambda name=name: moved(sql.Query, name)
            for name in ("chain", "combine", "check_query_object_type", "get_compiler")
        ),
        lambda: moved(sql.UpdateQuery, "add_update_fields"),
        lambda: other(sql.Query, "chain", lambda self, klass=None, more=None: None),
        lambda: other(QuerySet, "update", nothing),
        lambda: other(QuerySet, "__or__", nothing),
        lambda: other(sql.Query, "as_sql", nothing),
        lambda: other(sql.Query, "check_related_objects", nothing),
        lambda: other(sql.UpdateQuery, "add_update_values", nothing),
        lambda: other(QuerySet, "__init__", nothing),
        lambda: moved(QuerySet, "_fetch_all"),
        lambda: other(QuerySet, "__iter__", nothing),
        lambda: other(QuerySet, "raw", nothing),
        lambda: moved(QuerySet, "aiterator"),
        lambda: moved(RawQuerySet, "_fetch_all"),
        lambda: other(RawQuerySet, "__iter__", nothing),
        lambda: other(RawQuerySet, "__aiter__", nothing),
        lambda: other(RawQuerySet, "using", nothing),
        lambda: moved(QuerySet, "query"),
        lambda: other(QuerySet, "db", property(nothing)),
        lambda: moved(Manager.__bases__[0], "_queryset_class"),
    ],
}
# Each of these has a test of its own.
ELSEWHERE = {
    "atomic_requests",
    "connection_handler",
    "driver_cursors",
    "psycopg_wait",
    "auditlog_keys",  # in packages, where it is installed
    "cms_apphooks",
    "rest_framework_requests",  # in packages, where it is installed
    "reused_connections",
}
# What patches look at Django with.
HELPERS = {"probe"}

AT_START = {
    "command_runs",
    "historical_models",
    "migration_steps",
    "related_managers",
    "server_cursors",
    "watched_queries",
}


def names() -> set[str]:
    return {found.name for found in pkgutil.iter_modules(patches.__path__)}


class BrokenPatches(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.dict(patches.verified))

    def test_each_fits_this_django(self) -> None:
        for name in BREAKS:
            with self.subTest(name):
                importlib.import_module(f"manydb.patches.{name}").PATCH.verify()

    def test_each_refuses_what_it_was_not_made_for(self) -> None:
        for name, breaks in BREAKS.items():
            patch = importlib.import_module(f"manydb.patches.{name}").PATCH
            for number, breaking in enumerate(breaks):
                with self.subTest(name, number=number):
                    with breaking(), self.assertRaisesRegex(PatchFailed, rf"patches\.{name} does"):
                        patch.verify()
                    patch.verify()  # what was broken is whole again

    def test_each_is_broken_here_says_why_it_is_needed_and_carries_its_name(self) -> None:
        self.assertEqual(names() - ELSEWHERE - HELPERS, set(BREAKS))
        for name in names() - HELPERS:
            with self.subTest(name):
                module = importlib.import_module(f"manydb.patches.{name}")
                self.assertEqual(module.PATCH.name, name)
                self.assertRegex(
                    " ".join(module.__doc__.split()), r"No ticket known|Upstream ticket: \d+"
                )

    def test_those_of_every_project_were_verified_when_it_started(self) -> None:
        self.assertLessEqual(AT_START, set(patches.verified))

    def test_connections_are_found_without_a_look_at_each_alias_with_any_router(self) -> None:
        self.assertIsInstance(connections, connection_handler.ThreadConnections)


class NoEffect(SimpleTestCase):
    """What can be seen at a model alone is looked at as the model is changed."""

    @isolate_apps("engine.site.notes")
    def test_a_base_manager_that_is_still_djangos(self) -> None:
        class Shelf(TenantModel):
            class Meta:
                app_label = "notes"

        with (
            mock.patch.object(base_managers, "_options", lambda base, kind: base),
            self.assertRaisesRegex(PatchFailed, "notes.Shelf._base_manager is still Django's"),
        ):
            base_managers.use_base_manager(Shelf, TenantManager)

    @isolate_apps("engine.site.notes")
    def test_an_automatic_model_with_another_base(self) -> None:
        class Other(Model):
            class Meta:
                app_label = "notes"
                abstract = True

        class Link(Other):  # noqa: DJ008
            class Meta:
                app_label = "notes"
                auto_created = TenantModel

        with self.assertRaisesRegex(PatchFailed, r"notes\.Link derives from models\.Model alone"):
            link_tables.derive_from(Link, TenantModel)


# What only commands need.
COMMANDS_ALONE = (
    "manydb.core.readiness",  # and probes, if there are any
    "manydb.tenants.lifecycle",
    "manydb.tenants.fleet_members",
    "manydb.fleet.migrate",
    "manydb.fleet.scripts",
    "manydb.legacy.dialects",
    "manydb.legacy.drift",
    "manydb.legacy.adoption",
)


class AtStart(SimpleTestCase):
    def run_python(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def test_to_look_at_it_loads_nothing_that_a_server_does_not_need(self) -> None:
        ran = self.run_python("import django, sys\ndjango.setup()\nprint(*sys.modules)")
        loaded = set(ran.stdout.split())
        self.assertIn("manydb.patches.related_managers", loaded)
        self.assertNotIn("django.test", loaded)
        self.assertNotIn("tqdm", loaded)
        for package in COMMANDS_ALONE:
            found = [name for name in loaded if name.startswith(package)]
            self.assertEqual(found, [], f"{len(found)} modules of {package}")

    def test_a_process_does_not_start(self) -> None:
        for broken in (
            "related_descriptors.create_reverse_many_to_one_manager = lambda superclass, rel: superclass",
            "del sql.Query.check_query_object_type",
        ):
            with self.subTest(broken):
                code = (
                    "import django\n"
                    "from django.db.models import sql\n"
                    "from django.db.models.fields import related_descriptors\n"
                    f"{broken}\n"
                    "django.setup()\n"
                )
                ran = self.run_python(code)
                self.assertEqual(ran.returncode, 1, ran.stderr)
                self.assertRegex(
                    ran.stderr,
                    r"PatchFailed: manydb\.patches\.\w+ does not fit Django .* Install Django",
                )
