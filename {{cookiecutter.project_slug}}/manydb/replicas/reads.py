"""What a request reads from: one choice for each database, and its primary after a write."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from time import monotonic

from django.core.exceptions import SynchronousOnlyOperation

from manydb.core.scopes import Scope
from manydb.replicas.choice import choose
from manydb.replicas.positions import Position, has_other_replicas, position_after_commit

KEPT = 1.0  # seconds that a choice holds outside of requests
OTHERS = "*"  # in a client's positions: databases that are not named


class Reads:
    """One per request. Threads that async views borrow get a copy of the context, but the same object.

    A request inside another one, of a test client for example, is a part of it: it sees what the outer one
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
        wanted = self.wanted.get(primary) or self.wanted.get(OTHERS, ())
        try:
            alias = choose(
                primary, self.client, [each for each in wanted if not each.is_out_of_date()]
            )
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
