"""Open connections that no thread has at present, in the order in which they have to go."""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_logger = logging.getLogger(__name__)
_SHARE = 0.8  # which those used again may have of all: what was popular once has to go one day
_HARDLY, _LATE = 0.25, 400  # a share, of about so many looks


@dataclass(slots=True, eq=False)
class Rested:
    """What the driver has open, without Django's object around it, which is its thread's."""

    connection: Any
    settings: dict[str, Any]  # who has this very dict goes to the same database
    close_at: float | None  # by time.monotonic()
    used_again: bool  # after its first rest
    error: type[Exception]  # the driver's

    def is_old(self, now: float) -> bool:
        return self.close_at is not None and now >= self.close_at

    def close(self) -> None:
        try:
            self.connection.close()
        except self.error:  # the server may have closed it before us
            _logger.debug("Closing a connection failed", exc_info=True)


class Resting:
    """Two queues, in each of which the least recently used one goes first.

    Those that were not used again since they were opened go before the others, so that one walk through all
    tenants does not close what many requests share. And while hardly any is of use, because more tenants
    take turns than there is room for, the newest goes first: some stay until it is their turn again, where
    each would be closed just before. Not safe for threads: ``Budget`` has the lock.
    """

    def __init__(self) -> None:
        self._once: OrderedDict[Rested, None] = OrderedDict()
        self._again: OrderedDict[Rested, None] = OrderedDict()
        self._by_place: dict[int, list[Rested]] = {}
        self._useful = 0.5  # the share of looks that found something, of late

    def __len__(self) -> int:
        return len(self._once) + len(self._again)

    def __iter__(self) -> Iterator[Rested]:
        """In the order in which they have to go."""
        yield from self._once
        yield from self._again

    def put(self, rested: Rested) -> None:
        self._by_place.setdefault(id(rested.settings), []).append(rested)
        if rested.used_again:
            self._again[rested] = None
            if len(self._again) > max(1, _SHARE * len(self)):
                back, _ = self._again.popitem(last=False)
                self._once[back] = None
        else:
            self._once[rested] = None
            if self._useful < _HARDLY:
                self._once.move_to_end(rested, last=False)

    def take(self, settings: dict[str, Any]) -> Rested | None:
        """The last used one that leads there."""
        same = self._by_place.get(id(settings))
        self._useful += (bool(same) - self._useful) / _LATE
        return self._remove(same[-1]) if same else None

    def take_first(self) -> Rested | None:
        """The one that has to go."""
        first = next(iter(self), None)
        return self._remove(first) if first else None

    def take_old(self, now: float) -> list[Rested]:
        """Those past CONN_MAX_AGE."""
        return [self._remove(rested) for rested in list(self) if rested.is_old(now)]

    def _remove(self, rested: Rested) -> Rested:
        for queue in (self._once, self._again):
            queue.pop(rested, None)
        place = id(rested.settings)
        self._by_place[place].remove(rested)
        if not self._by_place[place]:
            del self._by_place[place]
        return rested
