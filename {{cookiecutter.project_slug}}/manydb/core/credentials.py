"""Logins that change while a process runs.

A value that came from a parameter store is a ``Parameter``: text, as settings read it, that also says what the store
has under its name now. A connection that is opened takes user and password from one answer of the store, so that
an account and the password of another are never mixed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self, TypeVar

T = TypeVar("T")


class Values:
    """One answer of a parameter store. ``ends`` is when its leased login ends, by ``time.monotonic()``."""

    def __init__(self, texts: Mapping[str, str], ends: float | None = None) -> None:
        self.texts, self.ends = texts, ends


class Place(NamedTuple):
    """A server, and the parameters of the login there."""

    host: str
    port: str
    user: str
    password: str


class Source(Protocol):
    """A parameter store, as a connection that is opened uses it."""

    known: Values | None
    accepted: dict[Place, Values]  # with which a server let this process in last

    def values(self) -> Values:
        """Returns what the store said; asks again if that is too long ago."""

    def after_refusal(self, seen: Values) -> Values:
        """Returns what the store says now that a login from this answer was refused."""


class Parameter(str):
    """The text of a parameter, which knows where it came from. A copy is the object itself; a pickle is plain text."""

    name: str
    source: Source
    names: Mapping[str, str]

    def __new__(cls, text: str, name: str, source: Source, names: Mapping[str, str] = {}) -> Self:
        made = super().__new__(cls, text)
        made.name, made.source, made.names = name, source, names
        return made

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def filled(self, names: Mapping[str, str]) -> "Parameter":
        """Returns it with ``{name}`` replaced, now and in what the store will say."""
        return type(self)(_filled(self, names), self.name, self.source, {**self.names, **names})

    def of(self, values: Values) -> str:
        """Returns what it is in this answer of the store."""
        text = values.texts.get(self.name)
        return str(self) if text is None else _filled(text, self.names)


def _filled(text: str, names: Mapping[str, str]) -> str:
    for key, value in names.items():
        text = text.replace("{" + key + "}", value)
    return str(text)


@dataclass(frozen=True, slots=True)
class Login:
    """A user and a password. ``ends`` is when the server will refuse them, by ``time.monotonic()``."""

    user: str
    password: str = field(repr=False)
    ends: float | None = field(default=None, compare=False)


def logged_in(
    settings: Mapping[str, Any], open: Callable[[Login], T], is_refusal: Callable[[Exception], bool]
) -> T:
    """Opens a connection with the login of these settings as it is now.

    A refused login asks the store at once, which allows that once in 30 s. The login that the server took last is
    tried at the end: while an operator changes an account, the store may be ahead of the server.
    """
    source = source_of(settings)
    if source is None:
        return open(Login(str(settings["USER"]), str(settings["PASSWORD"])))
    place = _place(settings)
    tried: list[Login] = []
    refused: Exception | None = None
    for values in _answers(source, place):
        login = _login(settings, values)
        if login in tried:
            continue
        try:
            session = open(login)
        except Exception as error:
            if not is_refusal(error):
                raise
            refused = error
            tried.append(login)
        else:
            source.accepted[place] = values
            return session
    assert refused is not None  # noqa: S101  the first answer was tried
    raise refused


def _answers(source: Source, place: Place) -> Iterator[Values]:
    seen = source.values()
    yield seen
    yield source.after_refusal(seen)
    if (accepted := source.accepted.get(place)) is not None:
        yield accepted


def login_of(settings: Mapping[str, Any]) -> Login:
    """Returns the login of these settings as it is now, for a client's program."""
    source = source_of(settings)
    if source is None:
        return Login(str(settings["USER"]), str(settings["PASSWORD"]))
    return _login(settings, source.values())


def source_of(settings: Mapping[str, Any]) -> Source | None:
    """Returns the store that the login of these settings came from, or None."""
    for key in ("PASSWORD", "USER"):
        if isinstance(value := settings.get(key), Parameter):
            return value.source
    return None


def passwords_of(settings: Mapping[str, Any]) -> set[str]:
    """Returns the passwords that messages must not show: the one that settings hold, and those after it. Asks no store."""
    password = settings.get("PASSWORD") or ""
    found = {str(password)}
    if isinstance(password, Parameter):
        accepted = list(password.source.accepted.values())
        found |= {password.of(each) for each in (password.source.known, *accepted) if each}
    return found - {""}


def without_passwords(text: str, settings: Mapping[str, Any]) -> str:
    """Returns the text with ``***`` for each password of these settings."""
    for secret in passwords_of(settings):
        text = text.replace(secret, "***")
    return text


def _login(settings: Mapping[str, Any], values: Values) -> Login:
    user, password = (
        value.of(values) if isinstance(value, Parameter) else str(value)
        for value in (settings["USER"], settings["PASSWORD"])
    )
    return Login(user, password, values.ends)


def _place(settings: Mapping[str, Any]) -> Place:
    names = (getattr(settings[key], "name", "") for key in ("USER", "PASSWORD"))
    return Place(str(settings["HOST"]), str(settings["PORT"]), *names)
