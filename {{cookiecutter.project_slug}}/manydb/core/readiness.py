"""Whether this process can serve: what ``/readyz`` answers.

Databases are asked in threads of their own, so that one that hangs holds no probe. What they said is kept for some
seconds, for a balancer asks every process again and again.
"""

import threading
from dataclasses import dataclass
from functools import cache
from math import inf
from time import monotonic

from django.db import connections

from manydb.core import draining
from manydb.core.conf import conf
from manydb.core.placement import shared_alias
from manydb.core.routing import facts, listed
from manydb.core.status import Status, status_of

KEPT = 5.0  # seconds until a database is asked again
PATIENCE = 0.4  # seconds that an answer waits for databases: Kubernetes gives up after one
DEADLINE = 3.0  # seconds after which a database that says nothing is away
STARTING = 5.0  # seconds for which a new process waits to hear of its migrations


@dataclass(frozen=True, slots=True)
class Readiness:
    """``word`` is "ready", or why this process can't serve: "starting", "draining", "unmigrated" or "unreachable"."""

    word: str
    databases: list[Status]

    @property
    def is_ready(self) -> bool:
        return self.word == "ready"


class Watched:
    """One database, and what it said when it was asked last."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.first_asked = self.asked = -inf
        self.status: Status | None = None
        self.pending: int | None = None  # as long as the database is away: what it said before
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._answered.set()

    def ask(self) -> None:
        """Asks it in a thread, unless it was asked lately or a question is still open."""
        with self._lock:
            if not self._answered.is_set() or monotonic() - self.asked < KEPT:
                return
            self._answered.clear()
            self.asked = monotonic()
            if self.first_asked == -inf:
                self.first_asked = self.asked
        threading.Thread(target=self._ask, name=f"readiness of {self.alias}", daemon=True).start()

    def _ask(self) -> None:
        try:
            (status,) = status_of([self.alias])
        except Exception as error:  # such as a parameter store that is away
            status = self._away(type(error).__name__)
        finally:
            connections.close_all()  # those of this thread
        if status.pending is not None:
            self.pending = status.pending
        self.status = status
        self._answered.set()

    def said(self) -> Status:
        """Returns what it says, or what it said a moment ago; that it is away after DEADLINE."""
        self._answered.wait(max(0.0, self.asked + PATIENCE - monotonic()))
        open_for = 0.0 if self._answered.is_set() else monotonic() - self.asked
        if self.status is not None and open_for < DEADLINE:
            return self.status
        return self._away(f"no answer for {open_for:.1f} s")

    def _away(self, error: str) -> Status:
        role = "replica" if facts(self.alias).get("REPLICA_OF") else "primary"
        return Status(self.alias, role, None, "", "", reachable=False, error=error)

    @property
    def is_starting(self) -> bool:
        """Whether it has not said anything yet, and this process may still wait for it."""
        return self.status is None and monotonic() - self.first_asked < STARTING


@cache
def _watched(alias: str) -> Watched:
    return Watched(alias)


def readiness() -> Readiness:
    """Asks the shared databases and those of READY_REQUIRES; no tenant's database besides."""
    shared = [alias for alias in listed() if not facts(alias).get("TENANT")]
    watched = {alias: _watched(alias) for alias in (*shared, *conf.READY_REQUIRES)}
    for each in watched.values():
        each.ask()
    databases = [each.said() for each in watched.values()]
    return Readiness(_word(watched[shared_alias()], databases), databases)


def _word(default: Watched, databases: list[Status]) -> str:
    if draining.has_begun():
        return "draining"
    if default.pending:
        return "unmigrated"
    if default.is_starting:
        return "starting"
    away = {status.alias for status in databases if not status.reachable}
    return "unreachable" if away & set(conf.READY_REQUIRES) else "ready"
