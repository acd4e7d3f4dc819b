"""What tests on several databases need and Django does not bring.

* Replica aliases see the primary's uncommitted rows. Django's ``TEST["MIRROR"]`` opens a second
  connection, which sees nothing of the transaction that ``TestCase`` runs in.
* A test that may use an alias may use its replica: no test has to name ``_RO``.
* Unmanaged tables exist in test databases.

``Runner`` brings it to ``manage.py test``, ``tests/conftest.py`` to pytest.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.core import serializers
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import pre_migrate
from django.test.runner import (  # type: ignore[attr-defined]
    DiscoverRunner,
    ParallelTestSuite,
    _init_worker,
)
from django.test.testcases import _DatabaseFailure

from .cursors import watched
from .guards import refuse_writes
from .legacy.schemas import has_table, unescaped
from .routing import PER_TENANT, facts, home_of, primaries
from .statements import only_reads


class MirrorProxy:
    """A replica's connection that is its primary's: same transaction, same rows, but no writes."""

    def __init__(self, replica: BaseDatabaseWrapper, primary: BaseDatabaseWrapper) -> None:
        own = {"_primary": primary, "alias": replica.alias, "settings_dict": replica.settings_dict}
        self.__dict__.update(own)

    @property
    def execute_wrappers(self) -> list[Callable[..., Any]]:
        return [refuse_writes, *self._primary.execute_wrappers]

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._primary, name)
        return self._ours(value) if name in {"cursor", "chunked_cursor"} else value

    def _ours(self, open_cursor: Callable[..., Any]) -> Callable[..., Any]:
        def cursor(*args: Any, **kwargs: Any) -> Any:
            opened = open_cursor(*args, **kwargs)
            opened.db = self  # so that it runs our execute_wrappers
            return watched(opened)

        return cursor

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, _DatabaseFailure):
            # The test did not declare this replica. It may still use it if it may use the primary,
            # whose own method says so.
            self.__dict__[name] = _AskPrimary(self, name)
        elif isinstance(self.__dict__.get(name), _AskPrimary):
            del self.__dict__[name]
        else:
            setattr(self._primary, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._primary, name)


class _AskPrimary:
    """Stands where Django expects its ``_DatabaseFailure``, which it unwraps after the test class."""

    wrapped = None

    def __init__(self, proxy: MirrorProxy, name: str) -> None:
        self.proxy, self.name = proxy, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.proxy.__getattr__(self.name)(*args, **kwargs)


def install_mirrors() -> None:
    """Makes every replica's connection a ``MirrorProxy``, in all threads, once the test databases exist."""
    create = type(connections).create_connection

    def create_mirrored(alias: str) -> Any:
        connection = create(connections, alias)
        primary = connection.settings_dict["TEST"]["MIRROR"]
        return MirrorProxy(connection, connections[primary]) if primary else connection

    # Threads of the code under test, such as a live server's, open connections of their own.
    connections.create_connection = create_mirrored  # type: ignore[method-assign]
    for alias in connections:
        connection = connections[alias]
        if connection.settings_dict["TEST"]["MIRROR"] and not isinstance(connection, MirrorProxy):
            connection.close()
            del connections[alias]  # made again at its next use


def create_unmanaged_tables(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Creates the tables of an app's unmanaged models, as ``migrate`` starts on a test database."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    wanted = [
        model
        for model in app_config.get_models()
        if not (model._meta.managed or model._meta.proxy)
        and home_of(model) == (PER_TENANT if facts(using).get("TENANT") else using)
        and not has_table(model, connection, tables)
    ]
    if not wanted:
        return
    with connection.schema_editor() as editor:
        for model in wanted:
            with unescaped(model):
                editor.create_model(model)
        # What a foreign key points to may be a table of another app, which is made later.
        editor.deferred_sql = [sql for sql in editor.deferred_sql if "FOREIGN KEY" not in str(sql)]


def prepare() -> None:
    """To be called before the test databases are created."""
    pre_migrate.connect(create_unmanaged_tables, dispatch_uid="create_unmanaged_tables")


def load_fixture(path: Path | str, using: str) -> int:
    """Loads a JSON fixture into one database, unmanaged models included.

    ``loaddata`` asks the router whether a model may be *migrated* there, loads nothing of an
    unmanaged model, and says so only in a count.

    Returns:
        how many objects were loaded.
    """
    objects = json.loads(Path(path).read_text(encoding="utf-8"))
    loaded = list(serializers.deserialize("python", objects, using=using))
    for item in loaded:
        item.save(using=using)
    return len(loaded)


@contextmanager
def aliases_used(*, reads_only: bool = False) -> Iterator[list[str]]:
    """Notes the alias of each statement inside, in order; beginnings and ends of transactions are left out."""
    aliases: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        is_of_transaction = str(sql).startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK"))
        if not is_of_transaction and (only_reads(sql) or not reads_only):
            aliases.append(context["connection"].alias)
        return execute(sql, params, many, context)

    with ExitStack() as wrapped:
        for alias in primaries():  # what their replicas run passes through them
            wrapped.enter_context(connections[alias].execute_wrapper(note))
        yield aliases


@contextmanager
def assert_reads_from(*expected: str) -> Iterator[None]:
    """Fails unless something was read inside, from these aliases, each of them, and from no other."""
    with aliases_used(reads_only=True) as aliases:
        yield
    if set(aliases) != set(expected):
        found = ", ".join(sorted(set(aliases))) or "no alias at all"
        raise AssertionError(f"Read from {found} instead of {', '.join(expected)}.")


def _start_worker(*args: Any, **kwargs: Any) -> None:
    _init_worker(*args, **kwargs)
    install_mirrors()


class _Suite(ParallelTestSuite):
    init_worker = _start_worker


class Runner(DiscoverRunner):
    """``manage.py test`` with the above. With ``--parallel`` every worker mirrors its own copies."""

    parallel_test_suite = _Suite

    def get_databases(self, suite: Any) -> Any:
        # A mirror has no database of its own to create, copy or check.
        databases: Any = super().get_databases(suite)
        return {
            alias: serialized
            for alias, serialized in databases.items()
            if not connections[alias].settings_dict["TEST"]["MIRROR"]
        }

    def setup_databases(self, **kwargs: Any) -> Any:
        prepare()
        old = super().setup_databases(**kwargs)
        if self.parallel <= 1:
            install_mirrors()
        return old
