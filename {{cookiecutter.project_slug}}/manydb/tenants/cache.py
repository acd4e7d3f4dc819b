"""A cache of answers, "there is none" included, that many threads share."""

import asyncio
import logging
from collections.abc import Callable
from threading import Lock, RLock
from time import monotonic
from typing import Generic, TypeVar

from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError

T = TypeVar("T")

_logger = logging.getLogger(__name__)
_ASK_AGAIN = 5.0  # seconds until one thread tries again to load what could not be loaded


class TimedCache(Generic[T]):
    """At most ``size`` answers, each kept for a time; threads that miss one at the same time load it once.

    A thread that finds an answer outdated while another one is loading it takes the old answer.
    """

    def __init__(self, load: Callable[[str], T], size: int = 20_000) -> None:
        self._load = load
        self._size = size
        self._entries: dict[str, tuple[float, T]] = {}  # in the order they were first loaded
        self._changes = 0
        self.is_away = False  # whether the last attempt to load one has failed
        self._away_until = 0.0  # until when an answer that can be used is not loaded again
        self._lock = Lock()
        self._loading = [RLock() for _ in range(64)]  # a key always takes the same one

    def get(self, key: str, seconds: float, fresh: bool = False, stale: float = 0) -> T:
        """The answer for a key, at most this many seconds old; in an event loop older, unless ``fresh``.

        While it can't be loaded, one that is at most ``stale`` seconds old is the answer, and the log says so.

        Raises:
            SynchronousOnlyOperation: it has to be loaded, and this is an event loop.
            DatabaseError: it can't be loaded, and there is no such answer.
        """
        entry = self._entries.get(key)  # no lock: a dict is safe to read while others write
        if entry is not None and monotonic() - entry[0] < seconds:
            return entry[1]
        if in_event_loop():
            if entry is not None and not fresh:
                return entry[1]
            raise SynchronousOnlyOperation(
                f"{key!r} is not known yet and can't be asked for in an event loop: "
                "await afind() first, or use sync_to_async()."
            )
        if entry is not None and monotonic() < self._away_until and _is_younger(entry, stale):
            return entry[1]
        return self._refresh(key, seconds, entry, stale)

    def get_now(self, key: str) -> T:
        """The answer of this moment, which threads that ask for it together load once.

        Raises:
            DatabaseError: it can't be loaded.
        """
        asked = monotonic()
        with self._loading[hash(key) % len(self._loading)]:
            entry = self._entries.get(key)
            if entry is not None and entry[0] >= asked:
                return entry[1]
            began = monotonic()
            value = self._load(key)
            with self._lock:
                self._keep(key, began, value)
            return value

    def peek(self, key: str) -> T | None:
        """The last answer for a key, however old; None if there is none."""
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def age(self, key: str) -> float:
        """How many seconds ago the answer for a key was loaded; 0 if there is none."""
        entry = self._entries.get(key)
        return monotonic() - entry[0] if entry else 0.0

    def outdate(self, key: str, seconds: float) -> None:
        """Loads a key again at its next use, as if its answer were that old. It stays the answer while it can't be."""
        with self._lock:
            self._changes += 1
            if (entry := self._entries.get(key)) is not None:
                self._entries[key] = (min(entry[0], monotonic() - seconds), entry[1])

    def forget(self, key: str | None = None) -> None:
        """Loads a key, or every key, again at its next use."""
        with self._lock:
            self._changes += 1  # what is being loaded now may be what was changed
            if key is None:
                self._entries.clear()
            else:
                self._entries.pop(key, None)

    def put(self, key: str, value: T) -> None:
        """Stores an answer that was just loaded in another way, together with many others."""
        with self._lock:
            self._keep(key, monotonic(), value)

    def _keep(self, key: str, began: float, value: T) -> None:
        self._entries[key] = (began, value)
        while len(self._entries) > self._size:
            del self._entries[next(iter(self._entries))]

    def _refresh(self, key: str, seconds: float, entry: tuple[float, T] | None, stale: float) -> T:
        loading = self._loading[hash(key) % len(self._loading)]
        if not loading.acquire(blocking=entry is None):
            assert entry is not None  # noqa: S101  for the type checker
            return entry[1]
        try:
            newer = self._entries.get(key)
            if newer is not None and newer is not entry and monotonic() - newer[0] < seconds:
                return newer[1]
            changes = self._changes
            began = monotonic()
            try:
                value = self._load(key)
            except DatabaseError as error:
                if entry is None or not _is_younger(entry, stale):
                    raise
                self.is_away, self._away_until = True, monotonic() + _ASK_AGAIN
                _logger.warning(
                    "The catalog can't be asked (%s). What was known of %s %.0f s ago is used, for at most %.0f s.",
                    *(" ".join(str(error).split()), key, monotonic() - entry[0], stale),
                )
                return entry[1]
            self.is_away, self._away_until = False, 0.0
            with self._lock:
                if changes == self._changes:
                    self._keep(key, began, value)
            return value
        finally:
            loading.release()


def _is_younger(entry: tuple[float, object], seconds: float) -> bool:
    return monotonic() - entry[0] < seconds


def in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
