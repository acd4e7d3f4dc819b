"""What each process counts. Prometheus adds processes up, and drops the gauges of those that have ended."""

import threading
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic, perf_counter
from typing import Any
from weakref import WeakSet

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from prometheus_client import Counter, Gauge, Histogram

LIVE = "livesum"  # the sum over the processes that are alive
_OFTEN_ENOUGH = 1.0  # seconds between two looks at the connections

requests = Counter("manydb_requests", "Requests that were answered.", ["method", "status"])
request_seconds = Histogram("manydb_request_duration_seconds", "Seconds until an answer began.")
in_progress = Gauge(
    "manydb_requests_in_progress", "Requests that are being answered.", multiprocess_mode=LIVE
)
tenant_requests = Counter(
    "manydb_tenant_requests", "Requests of each tenant, with METRICS_PER_TENANT.", ["tenant"]
)
queries = Counter("manydb_queries", "Queries, by database; tenants are one.", ["database"])
query_seconds = Counter("manydb_query_seconds", "Seconds that queries took.", ["database"])
query_errors = Counter("manydb_query_errors", "Queries that failed.", ["database"])
connections_open = Gauge(
    "manydb_connections",
    "Connections to databases: open in a thread, or idle and free for any thread.",
    ["database", "state"],
    multiprocess_mode=LIVE,
)
connections_limit = Gauge(
    "manydb_tenant_connections_limit",
    "TENANT_CONNECTIONS of all processes; 0 without a limit.",
    multiprocess_mode=LIVE,
)
waiting = Gauge(
    "manydb_tenant_connections_waiting",
    "Threads that wait for a connection to a tenant's database.",
    multiprocess_mode=LIVE,
)
replicas = Gauge(
    "manydb_replicas",
    "Processes that see this replica's server in this state.",
    ["server", "state"],
    multiprocess_mode=LIVE,
)

_lock = threading.Lock()
_known: WeakSet[BaseDatabaseWrapper] = WeakSet()  # of all threads
_shown: set[str] = set()  # databases that have had an open connection
_look_at = 0.0


def install() -> None:
    """Has the queries of all connections counted, those that are open and those to come, and states of replicas."""
    connection_created.connect(_watch, dispatch_uid=f"{__name__}.watch")
    for connection in connections.all(initialized_only=True):
        _watch(connection)
    if apps.is_installed("manydb.replicas"):
        from manydb.replicas import replica_state_changed

        replica_state_changed.connect(_note_state, dispatch_uid=f"{__name__}.state")


def database_of(settings: dict[str, Any]) -> str:
    """Returns the alias of a shared database; "tenants" or "tenants_RO" for that of any tenant."""
    if settings.get("TENANT"):
        return "tenants_RO" if settings.get("REPLICA_OF") else "tenants"
    return str(settings.get("ALIAS") or "")


def _name(connection: BaseDatabaseWrapper) -> str:
    return database_of({"ALIAS": connection.alias, **connection.settings_dict})


class _Counted(partial[Any]):
    """A wrapper around the queries of one connection, known by its class."""


def _watch(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    with _lock:
        _known.add(connection)
    if not any(isinstance(each, _Counted) for each in connection.execute_wrappers):
        name = _name(connection)
        labelled = queries.labels(name), query_seconds.labels(name), query_errors.labels(name)
        connection.execute_wrappers.append(_Counted(_count, *labelled))


def _count(
    number: Counter,
    seconds: Counter,
    errors: Counter,
    execute: Callable[..., Any],
    sql: str,
    params: Any,
    many: bool,
    context: Any,
) -> Any:
    begun = perf_counter()
    try:
        return execute(sql, params, many, context)
    except Exception:
        errors.inc()
        raise
    finally:
        number.inc()
        seconds.inc(perf_counter() - begun)


def _note_state(server: Any, before: Any, state: Any, **kwargs: Any) -> None:
    replicas.labels(server.name, str(before)).set(0)
    replicas.labels(server.name, str(state)).set(1)


def look_at_connections() -> None:
    """Counts the connections of this process, at most once a second."""
    global _look_at
    with _lock:
        if monotonic() < _look_at:
            return
        _look_at = monotonic() + _OFTEN_ENOUGH
        known = list(_known)
    _show("open", [_name(each) for each in known if each.connection is not None])
    if not apps.is_installed("manydb.tenants"):
        return
    from manydb.core.conf import conf
    from manydb.tenants.budget import budget

    _show("idle", [database_of(settings) for settings in budget.idle()])
    connections_limit.set(conf.TENANT_CONNECTIONS or 0)
    waiting.set(budget.waiting)


def _show(state: str, databases: Iterable[str]) -> None:
    found = list(databases)
    _shown.update(found)
    for database in _shown:
        if state == "open" or database.startswith("tenants"):
            connections_open.labels(database, state).set(found.count(database))
