"""What a request reads from: one choice for each database, and its primary after a write.

Whether a read must be current, and so goes to the primary: ``replica_or_primary``, which routers ask for each query.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from functools import wraps
from inspect import isasyncgenfunction, isgeneratorfunction
from time import monotonic
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.apps import apps
from django.core.exceptions import SynchronousOnlyOperation
from django.core.signals import setting_changed
from django.db import connections
from django.db.models import Model
from django.dispatch import receiver
from django.http.response import HttpResponseBase

from manydb.core.conf import conf
from manydb.core.routing import is_model
from manydb.core.scopes import Scope
from manydb.core.streams import in_every_chunk, when_rendered
from manydb.patches.object_state import where_last_used
from manydb.replicas.choice import choose
from manydb.replicas.open_transactions import in_transaction, opened
from manydb.replicas.positions import Position, has_other_replicas, position_after_commit
from manydb.replicas.primary_apps import default_primary_apps

KEPT = 1.0  # seconds that a choice holds outside of requests
OTHERS = "*"  # in a client's positions: databases that are not named


class Reads:
    """One per request. Threads that async views borrow get a copy of the context, but the same object.

    A request inside another one, of a test client for example, is a part of it. It sees what the outer one
    wrote, and what it writes the outer one sees.
    """

    def __init__(
        self,
        client: str = "",
        wanted: Mapping[str, Sequence[Position]] | None = None,
        *,
        must_be_current: bool = False,
        outer: "Reads | None" = None,
    ) -> None:
        self.client = client
        self.wanted = dict(wanted or {})  # what the client wrote before, by primary
        self.begin(must_be_current=must_be_current, outer=outer)

    def begin(self, *, must_be_current: bool, outer: "Reads | None") -> None:
        """What a new one begins with, whatever its client."""
        self.written: set[str] = set()
        self.chosen: dict[str, str] = {}
        # Whether all reads go to primaries, because the request changes something.
        self.must_be_current = must_be_current
        self.outer = outer
        if outer is not None:
            self.must_be_current |= outer.must_be_current
            self.chosen |= {primary: primary for primary in outer.written}

    def alias_for(self, primary: str) -> str:
        return self.chosen.get(primary) or self._choose(primary)

    def _choose(self, primary: str) -> str:
        wanted = self.wanted and (self.wanted.get(primary) or self.wanted.get(OTHERS, ()))
        wanted = [each for each in wanted if not each.is_out_of_date()] if wanted else ()
        # Who the client is has to be found out only where there is a choice.
        replicas = connections.settings[primary].get("REPLICAS", ())
        try:
            alias = choose(primary, self.client if len(replicas) > 1 else "", wanted)
        except SynchronousOnlyOperation:
            return primary  # in an event loop nothing can be asked; who runs the query asks again
        # A write in another thread of this request may have chosen meanwhile.
        return self.chosen.setdefault(primary, alias)

    def keep_to_primary(self, primary: str) -> None:
        self.chosen[primary] = primary

    def wrote(self, primary: str) -> None:
        self.written.add(primary)
        self.keep_to_primary(primary)
        if self.outer is not None:
            self.outer.wrote(primary)

    def positions_of(self, written: Iterable[str]) -> dict[str, list[Position]]:
        """Where these primaries are now, of those that have replicas which may not be there yet."""
        return {
            primary: [position_after_commit(primary)]
            for primary in written
            if has_other_replicas(primary)
        }


class _OfThread(threading.local, Reads):
    """Outside of requests, inside ``use_replica()``: choices hold for a second, and so does a write.

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


of_thread = _OfThread()


class Place:
    """Where code is under way: in which request, and what it says by itself. One context variable has it all,
    with the answer that routers need for each query."""

    __slots__ = ("must_be_current", "on_replicas", "reads")

    def __init__(self, reads: Reads | None = None, must_be_current: bool | None = None) -> None:
        self.reads = reads  # of the request
        self.must_be_current = must_be_current  # what use_primary() or use_replica() says
        if must_be_current is None:
            must_be_current = reads is None or reads.must_be_current
        # Who chooses among replicas; None where reads go to primaries.
        self.on_replicas = None if must_be_current else reads or of_thread


place: ContextVar[Place] = ContextVar("place", default=Place())  # noqa: B039  it is never changed


def current_reads() -> Reads:
    return place.get().reads or of_thread


class reading(Scope):  # in lower case: it is used like a function
    """Lets the block, or each chunk of a streamed body, read as this request does."""

    def __init__(self, reads: Reads) -> None:
        super().__init__(place, reads)

    def entered(self) -> Place:
        return Place(self.value, place.get().must_be_current)


# Models that may be read from replicas. Looking up what a class does not have takes Python longer than
# all the rest of a router.
_may_lag: dict[type[Model], bool] = {}


def replica_or_primary(primary: str, model: type[Model], instance: object = None) -> str:
    """The alias to read from: a replica of the primary, unless what is read must be current.

    An object whose values were read on its primary, or written, stays there with all that is related to it: a
    replica may not have it yet.

    Raises:
        ReplicaUnavailable: no replica can take it, and the primary must not.
    """
    # Routers come here for every query, so this is must_read_primary() without its calls.
    may_lag = _may_lag.get(model)
    if may_lag is None:
        may_lag = _decide(model)
    if not may_lag or (instance is not None and where_last_used(instance) == primary):
        return primary
    on_replicas = place.get().on_replicas
    if on_replicas is None or (primary in opened.aliases and in_transaction(primary)):
        return primary
    return on_replicas.alias_for(primary)


def must_read_primary(primary: str) -> bool:
    """Whether the code under way reads the primary whatever its replicas can do.

    So does code inside ``use_primary()``, in a request with an unsafe method, outside of requests, and inside
    a transaction on the primary.
    """
    return place.get().on_replicas is None or in_transaction(primary)


def _decide(model: type[Model]) -> bool:
    """Whether a model may be read from replicas: what it says itself or else PRIMARY_APPS."""
    if not is_model(model):
        # Django's database cache is no model. What was deleted from it must not be found on a replica.
        return bool(getattr(model, "_PREFER_READ_REPLICA", False))
    primary_apps = conf.PRIMARY_APPS
    if primary_apps is None:
        primary_apps = default_primary_apps()
    may_lag = getattr(model, "_PREFER_READ_REPLICA", model._meta.app_label not in primary_apps)
    if model._meta.apps is apps:  # migrations make models by the thousand
        _may_lag[model] = may_lag
    return bool(may_lag)


@receiver(setting_changed)
def _forget(setting: str, **kwargs: Any) -> None:
    """Tests override settings."""
    if setting in ("PRIMARY_APPS", "AUTH_USER_MODEL"):
        _may_lag.clear()


class _Reading(Scope):
    """A context manager, and a decorator of functions and views; nests, and restores on exceptions.

    What a decorated view returns is made inside as well: a template that is rendered later, and each chunk of
    a streamed body.
    """

    must_be_current: bool

    def __init__(self) -> None:
        super().__init__(place, self.must_be_current)

    def entered(self) -> Place:
        return Place(place.get().reads, self.value)

    def __call__(self, function: Any) -> Any:
        inside = super().__call__(function)
        if isgeneratorfunction(function) or isasyncgenfunction(function):
            return inside

        @wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            return self._completed(await inside(*args, **kwargs))

        @wraps(function)
        def synchronous(*args: Any, **kwargs: Any) -> Any:
            return self._completed(inside(*args, **kwargs))

        return asynchronous if iscoroutinefunction(function) else synchronous

    def _completed(self, result: Any) -> Any:
        def enter() -> AbstractContextManager[Any]:
            return self

        if isinstance(result, HttpResponseBase):
            return when_rendered(in_every_chunk(result, enter), enter)
        return result


class use_primary(_Reading):  # in lower case: it is used like a function
    """Reads what is current, from primaries: for code in a safe request that must see every write."""

    must_be_current = True


class use_replica(_Reading):
    """Reads from replicas: for reports in tasks and commands, and for views that only read but are asked by POST.

    After a write in the same request, or inside a transaction on the primary, reads go to the primary here too.
    So do those of ``PRIMARY_APPS``.
    """

    must_be_current = False
