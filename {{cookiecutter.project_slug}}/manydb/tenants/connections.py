"""Connections to tenants' databases: within the budget of the process, and to where the tenant is now.

``TenantConnection`` goes in front of the engine's own class. What its thread does on the server it does under the
connection's lock; an open cursor or a transaction then says that it is in use. So a thread that needs room may
close a connection of another one between its statements, and never during one. The other thread opens it again at
its next use, as Django does after CONN_MAX_AGE.

A driver's cursor is open while code may still read from it. Which object stands around them, Django's cursor
wrapper or that of an instrument, makes no difference. A cursor that you get from the driver's connection itself
(``connection.connection.cursor()``) is not seen: use it inside ``atomic()``.
"""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache, wraps
from threading import RLock
from typing import Any

from django.core.signals import request_finished
from django.db import Error, connections
from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.db.utils import load_backend
from django.utils.connection import ConnectionDoesNotExist

from manydb.core.bounded_connections import BoundedConnections, bounded
from manydb.core.conf import conf
from manydb.core.database_identity import Identity, is_no_database, read, write
from manydb.core.direct import direct_entry
from manydb.core.exceptions import TenantUnavailable
from manydb.core.routing import is_made_here
from manydb.fleet.admin_account import ADMIN, as_admin
from manydb.patches import connection_handler, reused_connections
from manydb.patches.driver_cursors import cursors_of
from manydb.patches.reused_connections import ReusingConnection
from manydb.patches.transactions_of_tests import is_of_testcase
from manydb.tenants import catalog, identity
from manydb.tenants.budget import IdleConnection, budget
from manydb.tenants.context import no_tenant
from manydb.tenants.records import TenantRecord, listed
from manydb.tenants.servers import is_elsewhere

_logger = logging.getLogger(__name__)

_DJANGOS = BaseDatabaseWrapper.ensure_connection
KEPT = 16  # objects of connections, of tenants that no setting lists: eight tenants with a replica each


def _locked(name: str) -> Callable[..., Any]:
    """The engine's method of this name, under the connection's lock."""

    @wraps(getattr(BaseDatabaseWrapper, name))
    def method(self: "TenantConnection", *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            result = getattr(super(TenantConnection, self), name)(*args, **kwargs)
        if budget.waiting:
            budget.notify()
        return result

    return method


class TenantConnection(ReusingConnection):
    """What every connection to a tenant's database does, whatever its engine."""

    is_reused = False  # whether its server connection was open before it was needed here
    identity = ""  # the UUID of the tenant, as its database has said
    compared_at = 0.0  # when it said so, by time.monotonic()
    was_kept = False  # beyond the request that it was made in

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.lock = RLock()
        self.last_used = 0.0
        self._followed, self._followed_until = (
            0,
            0.0,
        )  # the catalog's changes that it knows, for a second
        super().__init__(*args, **kwargs)
        cursors = cursors_of(self)
        cursors.is_closed = self._cursor_is_closed
        self._open_cursors = cursors.open

    # Each of these first looks whether there is a connection, and then uses it.
    set_autocommit = _locked("set_autocommit")
    commit = _locked("commit")
    rollback = _locked("rollback")
    _ensure_connection = _locked("ensure_connection")

    def ensure_connection(self) -> None:
        # Or else there is nothing to do, as Django finds for each statement. pytest-django puts what refuses in its place.
        if self.connection is None or BaseDatabaseWrapper.ensure_connection is not _DJANGOS:
            self._ensure_connection()

    def get_autocommit(self) -> bool:
        if self.connection is None:
            self._ensure_connection()
        return self.autocommit

    def cursor(self) -> Any:
        with self.lock:
            # Nearly never so, and asked before each statement: _is_followed() without its call.
            if self._followed != catalog.changes or time.monotonic() >= self._followed_until:
                self._follow_if_idle()
            return super().cursor()

    def chunked_cursor(self) -> Any:
        with self.lock:
            self._follow_if_idle()
            return super().chunked_cursor()

    def check_constraints(self, *args: Any, **kwargs: Any) -> None:
        """At the end of a test ``TestCase`` asks each of its databases, whichever tenant is active."""
        of_test = bool(self.atomic_blocks) and is_of_testcase(self.atomic_blocks[-1])
        with no_tenant() if of_test else nullcontext():
            super().check_constraints(*args, **kwargs)

    def _cursor_is_closed(self) -> None:
        self.last_used = time.monotonic()
        if budget.waiting:
            budget.notify()

    # Where the tenant is: it may be moved to another server after the thread has made this object.

    def get_connection_params(self) -> dict[str, Any]:
        if self.connection is None:  # instruments ask for them while it is open, too
            self._follow()
        params: dict[str, Any] = super().get_connection_params()
        return params

    def _follow_if_idle(self) -> None:
        """Closes it if the tenant is known to be elsewhere; asks no database."""
        if self._is_followed() or not self._is_idle():
            return
        self._note_followed()
        record = catalog.peek(self.settings_dict["TENANT"])
        if record is not None and (
            is_elsewhere(record, self.settings_dict) or self._is_of_another(record.uuid)
        ):
            self.close()

    def _is_followed(self) -> bool:
        """Whether it was compared with the catalog within the last second, and nothing has changed there since."""
        return self._followed == catalog.changes and time.monotonic() < self._followed_until

    def _note_followed(self) -> None:
        self._followed = catalog.changes
        self._followed_until = time.monotonic() + min(catalog.TRUSTED, conf.TENANT_CACHE_SECONDS)

    def _is_of_another(self, identity: str) -> bool:
        return bool(self.identity) and self.identity != identity

    def _follow(self) -> None:
        """Takes the settings of the place where the tenant is now."""
        if self.alias == NO_DB_ALIAS:
            return
        now = connections.settings.recent(self.alias)  # type: ignore[attr-defined]
        if now is None and self.was_kept:  # nor would there be an object
            raise ConnectionDoesNotExist(f"The connection {self.alias!r} doesn't exist.")
        if now is not None and now.get("PLACE") != self.settings_dict.get("PLACE"):
            if self.settings_dict.get(ADMIN):
                now = as_admin(direct_entry(now))
            elif "DIRECT" in now and self.settings_dict.get("DIRECT") is None:  # past the pooler
                now = {**now, **now["DIRECT"], "DIRECT": None}
            self.settings_dict = now

    # Opening and closing, within the budget.

    def connect(self) -> None:
        """Takes an idle server connection to the same database, if that is healthy, or else opens a new one."""
        if not self._is_followed():
            self._follow()
            self._note_followed()
        self.identity = ""  # backends open cursors before it is known
        try:
            idle = budget.enter(self)
            self.is_reused = idle is not None and self._reuse(idle)
            if not self.is_reused:
                if idle is not None:
                    idle.close()
                super().connect()
        except self.Database.Error as error:  # type: ignore[attr-defined]
            if is_no_database(error) and not self.settings_dict.get("REPLICA_OF"):
                catalog.outdate(
                    self.settings_dict["TENANT"]
                )  # it was moved or renamed a moment ago
            raise
        finally:
            if self.connection is None:
                budget.leave(self)

    def _reuse(self, idle: IdleConnection) -> bool:
        """Takes an idle server connection, unless its database is another tenant's or may not be what it was."""
        known = catalog.known.get(self.settings_dict["TENANT"])
        if known is not None and time.monotonic() < known[0]:
            uuid: str | None = known[1].owner
        else:
            record = catalog.peek(self.settings_dict["TENANT"])
            uuid = record.uuid if record is not None else None
        if uuid is not None and idle.identity not in ("", uuid):
            return False
        if not self.reuse(idle.session, idle.close_at):
            return False
        self.identity, self.compared_at = idle.identity, idle.compared_at
        if self._has_to_compare():
            try:
                self._compare()
            except BaseException:
                self.close()
                raise
        return True

    # Whose the database is: the catalog says it, and the database itself (``identity``).

    def init_connection_state(self) -> None:
        is_new = self._offered is None
        with no_tenant():  # what a session is told touches no row; MySQL is told it in statements
            super().init_connection_state()
        if is_new:
            self._compare()

    def confirm(self) -> None:
        """Makes sure that the database is the tenant's and served, while the catalog does not answer.

        Raises:
            TenantUnavailable: it is not.
            DatabaseError: it can't be asked.
        """
        self.ensure_connection()
        if self._has_to_compare():
            with self.lock, self.wrap_database_errors:
                self._compare()

    def _has_to_compare(self) -> bool:
        name = self.settings_dict["TENANT"]
        is_old = time.monotonic() - self.compared_at > conf.TENANT_CACHE_SECONDS
        return is_old and catalog.is_outdated(name)

    def _compare(self) -> None:
        """Compares the database with what the catalog said, in one statement.

        Raises:
            TenantUnavailable: it is not this tenant's, or not served any more.
        """
        if self.alias == NO_DB_ALIAS:
            return
        name = self.settings_dict["TENANT"]
        record = catalog.find(name)
        if record is None:
            if "PLACE" in self.settings_dict:  # the catalog had it a moment ago
                raise TenantUnavailable(f"There is no tenant {name!r} any more.")
            return
        kind: Any = self.Database  # type: ignore[attr-defined]
        cursors = cursors_of(self)
        cursors.trusts_session = True  # asked whichever tenant is active
        try:
            found = read(self.connection, kind.Error)
            is_missing = found is None and not self._may_lack_identity(record)
        finally:
            cursors.trusts_session = False
        refusal = identity.refusal(found, record) if found or is_missing else ""
        if refusal and self.settings_dict.get("REPLICA_OF"):
            # As if replication had not brought the database yet: reads go to the primary meanwhile.
            database = self.settings_dict["NAME"]
            raise kind.OperationalError(f'database "{database}" does not exist here yet. {refusal}')
        if refusal:
            catalog.outdate(name)
            raise TenantUnavailable(f"{self.alias} is not served from this database. {refusal}")
        self.identity, self.compared_at = record.uuid, time.monotonic()

    def _may_lack_identity(self, record: TenantRecord) -> bool:
        """Whether no command has recorded the tenant yet; one that records it writes the identity now."""
        if not is_made_here(self.alias):
            return True
        if self.settings_dict.get("REPLICA_OF") or not identity.may_claim():
            return record == listed(record.name)
        cursor = self.connection.cursor()
        try:
            write(cursor, Identity(record.uuid, record.state))
        finally:
            cursor.close()
        return True

    def close(self) -> None:
        with self.lock:
            try:
                super().close()
            finally:
                if self.connection is None or self.closed_in_transaction:  # which Django keeps
                    budget.leave(self)

    def close_if_unusable_or_obsolete(self) -> None:
        """Called by Django before and after each request, for all that its thread has; any thread may take it then."""
        if self.connection is None:
            return
        with self.lock:
            super().close_if_unusable_or_obsolete()
            if self._is_idle():
                session, close_at = self.give_up()
                error = self.Database.Error  # type: ignore[attr-defined]
                idle = IdleConnection(
                    session, self.settings_dict, close_at, error, self.identity, self.compared_at
                )
                budget.keep(self, idle)

    def lock_if_idle(self) -> bool:
        """Takes the lock unless the connection is in use: who gets it has to call ``close_for_another``."""
        if not self.lock.acquire(blocking=False):
            return False
        if self._is_idle():
            return True
        self.lock.release()
        return False

    def close_for_another(self) -> None:
        """Closes it, in whichever thread, and gives up the lock that ``lock_if_idle`` took."""
        self.inc_thread_sharing()
        try:
            self.close()
        except Error:  # the server may have closed it before us
            _logger.debug("Closing %s failed", self.alias, exc_info=True)
        finally:
            self.dec_thread_sharing()
            self.lock.release()

    def _is_idle(self) -> bool:
        """Whether it is open, and neither in a transaction nor being read from."""
        if self.connection is None or not self.autocommit or self._open_cursors:
            return False
        in_memory: Callable[[], bool] = getattr(self, "is_in_memory_db", lambda: False)
        return not in_memory()  # SQLite's would be lost


@cache
def _of_tenants(kind: type[BaseDatabaseWrapper]) -> type[BaseDatabaseWrapper]:
    """The engine's class, with ``TenantConnection`` in front of it."""
    return type(kind.__name__, (TenantConnection, bounded(kind)), {"__module__": kind.__module__})


class TenantConnections(BoundedConnections):
    """Django's ``connections``: those to tenants' databases are ``TenantConnection``."""

    def create_connection(self, alias: str) -> BaseDatabaseWrapper:
        settings = self.settings[alias]
        if not settings.get("TENANT"):
            return super().create_connection(alias)
        return _of_tenants(load_backend(settings["ENGINE"]).DatabaseWrapper)(settings, alias)

    def close_all(self) -> None:
        """Closes those of this thread and those that are idle."""
        super().close_all()
        budget.close_idle()

    def forget_closed(self, **kwargs: Any) -> None:
        """A thread that has served thousands of tenants keeps the objects of the newest few: making one takes a while."""
        closed = [
            alias
            for alias, connection in self.made().items()
            if not dict.__contains__(self.settings, alias)
            and connection.connection is None
            and not connection.in_atomic_block
        ]
        for alias in closed[:-KEPT]:
            del self[alias]
        for alias in closed[-KEPT:]:
            self.made()[alias].was_kept = True  # type: ignore[attr-defined]


def install(kind: type[TenantConnections]) -> None:
    reused_connections.PATCH.verify()
    connection_handler.install(kind)
    request_finished.connect(connections.forget_closed)  # type: ignore[attr-defined]
