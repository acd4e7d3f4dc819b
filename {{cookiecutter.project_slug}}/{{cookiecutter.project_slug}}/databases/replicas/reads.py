"""What a request reads from: one choice for each database, and its primary after a write."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from time import monotonic
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.dispatch import receiver

from ..guards import add_guard
from ..scopes import Scope
from ..statements import only_reads
from .choice import choose
from .positions import Position, has_other_replicas, position_after_commit
from .transactions import in_transaction, opened, watch_transactions

KEPT = 1.0  # seconds that a choice holds outside of requests
choices: Counter[str] = Counter()  # of this process, by alias: one for all reads of a request
OTHERS = "*"  # in a client's positions: databases that are not named


class Reads:
    """One per request. Threads that async views borrow get a copy of the context, but the same object."""

    def __init__(self, client: str = "", wanted: Mapping[str, Position] | None = None) -> None:
        self.client = client
        self.wanted = dict(wanted or {})  # what the client wrote before, by primary
        self.written: set[str] = set()
        self.chosen: dict[str, str] = {}

    def alias_for(self, primary: str) -> str:
        return self.chosen.get(primary) or self._choose(primary)

    def _choose(self, primary: str) -> str:
        wanted = self.wanted.get(primary) or self.wanted.get(OTHERS)
        try:
            alias = choose(primary, self.client, wanted)
        except SynchronousOnlyOperation:
            return primary  # in an event loop nothing can be asked; who runs the query asks again
        choices[alias] += 1
        # A write in another thread of this request may have chosen meanwhile.
        return self.chosen.setdefault(primary, alias)

    def keep_to_primary(self, primary: str) -> None:
        self.chosen[primary] = primary

    def wrote(self, primary: str) -> None:
        self.written.add(primary)
        self.keep_to_primary(primary)

    def positions_of(self, written: Iterable[str]) -> dict[str, Position]:
        """Where these primaries are now, of those that have replicas which may not be there yet."""
        return {
            primary: position_after_commit(primary)
            for primary in written
            if has_other_replicas(primary)
        }


class _OfThread(threading.local, Reads):
    """Outside of requests, in commands and tasks: choices hold for a second, and so does a write.

    After that second the primary is read until a replica has got what the thread wrote.
    """

    def __init__(self) -> None:
        super().__init__(client=f"thread {threading.get_ident()}")
        self.until = 0.0

    def alias_for(self, primary: str) -> str:
        if monotonic() > self.until:
            self.until = monotonic() + KEPT
            self.chosen.clear()
        return self.chosen.get(primary) or self._choose(primary)

    def wrote(self, primary: str) -> None:
        if primary not in self.written and has_other_replicas(primary):
            super().wrote(primary)

    def _choose(self, primary: str) -> str:
        if primary in self.written:  # and committed: inside a transaction nothing is to be chosen
            self.wanted |= self.positions_of([primary])
            self.written.discard(primary)
        return super()._choose(primary)


_of_thread = _OfThread()
_of_request: ContextVar[Reads | None] = ContextVar("reads", default=None)
# Models that are to be read from replicas. Looking up what a class does not have takes Python longer than
# all the rest of a router.
_prefers: dict[type[Model], bool] = {}
_primary_only: ContextVar[bool] = ContextVar("primary_only", default=False)


def current_reads() -> Reads:
    return _of_request.get() or _of_thread


def replica_or_primary(primary: str, model: type[Model]) -> str:
    """The alias to read from: a replica of the primary, unless the primary must be asked.

    Raises:
        ReplicaUnavailable: no replica can take it, and the primary must not.
    """
    # Routers come here for every query, so this is must_read_primary() without its calls.
    prefers = _prefers.get(model)
    if prefers is None:
        prefers = getattr(model, "_PREFER_READ_REPLICA", True)
        if model.__module__ != "__fake__":  # migrations make models by the thousand
            _prefers[model] = prefers
    if (
        not prefers
        or _primary_only.get()
        or (primary in opened.aliases and in_transaction(primary))
    ):
        return primary
    return (_of_request.get() or _of_thread).alias_for(primary)


def must_read_primary(primary: str) -> bool:
    """Whether the code says so: by ``use_primary()``, or by a transaction on the primary."""
    return _primary_only.get() or in_transaction(primary)


class use_primary(Scope):  # in lower case: it is used like a function
    """Reads from primaries only. A context manager and a decorator; nests, and restores on exceptions."""

    def __init__(self) -> None:
        super().__init__(_primary_only, True)


class reading(Scope):  # in lower case: it is used like a function
    """Lets the block, or each chunk of a streamed body, read as this request does."""

    def __init__(self, reads: Reads) -> None:
        super().__init__(_of_request, reads)


def note_write(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper for primaries: what is really executed counts, not the HTTP method."""
    if not only_reads(sql):
        current_reads().wrote(context["connection"].alias)
    return execute(sql, params, many, context)


@receiver(connection_created)
def watch_primary(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("REPLICAS"):
        watch_transactions(connection)
        add_guard(connection, note_write)
