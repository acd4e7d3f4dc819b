"""A lifecycle command at work on one tenant."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from manydb.core.conf import conf
from manydb.core.placement import shared_alias
from manydb.tenants.identity import MOVED
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Tenant


@dataclass
class Operation:
    """A command at work on one tenant, whose lock the caller holds.

    Before each step the row says what is about to be done. A command that was killed leaves a row from which
    the same command goes on. ``report`` is told about steps that take time.
    """

    row: Tenant
    report: Report = silent
    database: TenantDatabase = field(init=False)

    def __post_init__(self) -> None:
        self.database = TenantDatabase.of(self.row)

    @property
    def state_before(self) -> str:
        """The state that the tenant had before an unfinished command, and gets back after it."""
        return self.row.state_before or self.row.state

    @property
    def other(self) -> TenantDatabase:
        """The database that the tenant moves to or, afterwards, its previous one."""
        return TenantDatabase.other_of(self.row)

    @property
    def is_whole(self) -> bool:
        """Whether the new database is complete and this tenant's, which its mark may not say any more."""
        return self.row.phase == Tenant.Phase.WHOLE

    def record(self, **fields: Any) -> None:
        """Writes columns of the row. If that fails, the object has its old values, as the catalog does."""
        before = {name: getattr(self.row, name) for name in fields}
        vars(self.row).update(fields)
        try:
            self.row.save(update_fields=[*fields])
        except BaseException:
            vars(self.row).update(before)
            raise

    def start(self, command: Tenant.Command, **fields: Any) -> None:
        """Records that a command has started."""
        started = {"command": command, "phase": Tenant.Phase.STARTED, "run": "", "source": ""}
        self.record(**started | {"state_before": self.state_before} | fields)

    def finish(self, **fields: Any) -> None:
        """Records that no command is at work on the tenant any more."""
        self.record(command="", phase="", run="", source="", state_before="", **fields)

    def drain(self, wait: float | None) -> None:
        """Waits until no process serves the tenant, then makes its database read-only.

        A database that was lost is served by no process.

        Args:
            wait: seconds; None for as long as a process may use what it has cached about the tenant.
        """
        wait = conf.TENANT_CACHE_SECONDS + 1 if wait is None else wait
        if not self.database.say(self.row.state):
            self.report(f"{self.row.name} has no database {self.database.place.name} any more")
            return
        self.report(
            f"{self.row.name} is {self.row.state}: waiting {wait:g} s until every process knows"
        )
        time.sleep(wait)
        if reason := self.database.engine.freeze(self.database.place):
            self.report(f"{self.database.place.name} can't be made read-only: {reason}")

    def serve_as_before(self, **fields: Any) -> None:
        """Undoes ``drain``: the database takes writes again, and the tenant has the state that it had."""
        reconnect()
        if self.database.say(self.state_before):
            self.database.engine.thaw(self.database.place)
        self.finish(state=self.state_before, **fields)

    @contextmanager
    def drained(self, command: Tenant.Command, wait: float | None) -> Iterator[None]:
        """Suspends and drains the tenant for the block, which sets its next state.

        If the block fails, the tenant is served as before.
        """
        self.start(command, state=Tenant.State.SUSPENDED)
        try:
            self.drain(wait)
            yield
        except BaseException:
            self.serve_as_before()
            raise

    def switch(self) -> None:
        """Makes the other database the tenant's, and retains the one that it had, in one statement.

        Open connections, of this thread too, go to the new one when they are used next. The old one says that
        the tenant has moved.
        """
        self.other.say(self.state_before)
        is_there = self.database.say(MOVED)
        self.finish(
            state=self.state_before,
            server=self.row.other_server,
            database=self.row.other_database,
            other_server=self.row.server if is_there else "",
            other_database=self.row.database if is_there else "",
        )

    def drop_previous(self) -> None:
        """Drops the database that a move or a restore has retained, if there is one."""
        if self.row.other_database:
            self.other.drop()
            if self.row.other_server != self.row.server:
                self.other.drop_accounts()
        self.record(other_server="", other_database="")


def reconnect() -> None:
    """Closes a connection to ``default`` that Ctrl-C has made unusable, so that the next step opens a new one."""
    default = connections[shared_alias()]
    if default.connection is not None and not default.in_atomic_block and not default.is_usable():
        default.close()
