"""What every parameter store does with the answers that it got: it keeps them, and asks again in time."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from math import inf
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from manydb.core.conf import Conf, conf
from manydb.core.credentials import Parameter, Place, Values
from manydb.core.exceptions import ParameterMissing, ParameterStoreUnavailable

REFUSALS = 30.0  # seconds: refused logins ask the store no more often, whatever their number

logger = logging.getLogger(__name__)


class ParameterStore:
    """A store of parameters. A subclass says how all of them are read at once::

        class Consul(ParameterStore):
            name = "Consul"
            errors = (OSError,)  # that the client raises when the store can't be asked
            needs = "set CONSUL_HTTP_ADDR"

            def load(self):
                return {"SECRET_KEY": …, "TENANTS": ["acme", "globex"]}

    ``self.path`` is the variable PARAMETER_PATH, or else what the settings gave to ``use()``. What was loaded is
    kept for PARAMETER_SECONDS. Then one thread asks, and the others go on with what is known; so do all while
    the store is away, however long that is.
    """

    name: ClassVar[str]
    errors: ClassVar[tuple[type[Exception], ...]] = ()
    needs: ClassVar[str] = "see its documentation"  # after "… can't be read from …:"

    def __init__(self, path: str) -> None:
        self.path = os.environ.get("PARAMETER_PATH", path)
        self.known: Values | None = None
        self.accepted: dict[Place, Values] = {}
        self._asked_at = self._quiet_until = -inf
        self._next_refusal = 0.0
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    # What a subclass says.

    def load(self) -> Mapping[str, Any]:
        """Asks the store for all parameters. Numbers, booleans and lists are made text."""
        raise NotImplementedError

    def load_after_refusal(self) -> Mapping[str, Any]:
        """Asks the store for all parameters, of which the login was refused."""
        return self.load()

    @property
    def place(self) -> str:
        """Where the parameters are, for messages."""
        return f"{self.path} of {self.name}"

    def put(self, name: str) -> str:
        """Says how to set a parameter."""
        return f"put {name} into {self.place}"

    def keeps(self) -> float:
        """Returns for how many seconds what was loaded, or the failure to load it, is kept."""
        return _seconds()

    def ends(self) -> float | None:
        """Returns when the loaded login ends, by ``time.monotonic()``; None if it does not."""
        return None

    # What settings and connections ask.

    def get(self, name: str, default: str | None) -> str:
        """Returns a parameter.

        Raises:
            ParameterMissing: it is not set, and there is no default.
            ParameterStoreUnavailable: the store can't be asked, even if there is a default: that could be wrong.
        """
        try:
            texts = self.values().texts
        except self.errors as error:
            # Without its cause, of which a traceback could show a secret.
            raise ParameterStoreUnavailable(
                f"{name} can't be read from {self.place} ({_line(error)}): {self.needs}, "
                f"or {name} itself in the environment."
            ) from None
        if name in texts:
            return Parameter(texts[name], name, self)
        if default is None:
            raise ParameterMissing(
                f"{name} is not set: {self.put(name)}, or the variable into the environment of the process."
            )
        return default

    def values(self) -> Values:
        """Returns what is known; asks the store first if that is too old and no other thread is asking."""
        if self.known is None:
            with self._lock:
                if self.known is None:
                    self._load(self.load)
        elif self._is_due() and self._lock.acquire(blocking=False):
            try:
                if self._is_due():
                    self._load_again(self.load)
            finally:
                self._lock.release()
        assert self.known is not None  # noqa: S101  or _load() has raised
        return self.known

    def after_refusal(self, seen: Values) -> Values:
        """Asks the store at once, at most once in 30 s, unless another thread has done so since ``seen``."""
        with self._lock:
            now = time.monotonic()
            if self.known is seen and now >= self._next_refusal:
                self._next_refusal = now + REFUSALS
                self._load_again(self.load_after_refusal)
            return self.known or seen

    def _is_due(self) -> bool:
        # Not a time that was computed as it was loaded: settings that say how long were not there yet.
        return time.monotonic() >= self._asked_at + self.keeps()

    def _load_again(self, load: Callable[[], Mapping[str, Any]]) -> None:
        """Asks the store. If it is away, or what it has is unreadable, what is known stays."""
        failures: tuple[type[Exception], ...] = (*self.errors, ImproperlyConfigured)
        try:
            self._load(load)
        except failures as error:
            now = self._asked_at = time.monotonic()
            if now < self._quiet_until:
                return
            seconds = _seconds()
            self._quiet_until = now + seconds
            logger.warning(
                "%s is away: parameters stay as they were for %d s (%s)",
                self.name,
                seconds,
                _line(error),
            )

    def _load(self, load: Callable[[], Mapping[str, Any]]) -> None:
        loaded = load()
        texts = {
            name: text for name, value in loaded.items() if (text := _as_text(value)) is not None
        }
        before = self.known.texts if self.known else texts
        changed = [
            name for name in sorted({*before, *texts}) if before.get(name) != texts.get(name)
        ]
        self.known = Values(texts, self.ends())
        self._asked_at = time.monotonic()
        self._quiet_until = -inf
        if changed:
            logger.info("%s has changed: %s", self.name, ", ".join(changed))

    def _forked(self) -> None:
        self._lock = threading.Lock()  # a thread that held it is not in this process


def _seconds() -> float:
    # While settings are being read they can't be asked.
    return conf.PARAMETER_SECONDS if settings.configured else Conf.PARAMETER_SECONDS.default


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
