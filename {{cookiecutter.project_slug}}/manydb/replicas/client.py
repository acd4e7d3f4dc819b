"""What a client wrote, as it carries it itself: in cookies or, where an API has none, in a header.

A response to a request that wrote sets both. Clients send either back with what they ask for next. The value
is signed, so that no client can send all its reads to the primary. One that is not ours counts as none, and so
does one that is out of date.

Each response sets one of a few cookies and takes back those that its request came with. Responses to requests
at the same time, from several tabs, may arrive in any order, and must not put an older position over a newer.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http.cookies import Morsel
from random import choice
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from manydb.core.signing import WHOLE, is_signed, signature
from manydb.replicas.positions import Position, lifetime
from manydb.replicas.reads import OTHERS

COOKIE = "database_positions_"  # and one of
LETTERS = "abcdefghijklmnop"
HEADER = "Database-Positions"  # several values are parted by commas
META_KEY = "HTTP_" + HEADER.upper().replace("-", "_")
MOST = 8  # databases that a value names, and values that a header has

_SALT = "databases.replicas"
_LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"  # as delete_cookie() says it
NAMES = frozenset(COOKIE + letter for letter in LETTERS)

Positions = Mapping[str, Sequence[Position]]  # by primary


def identity(request: HttpRequest) -> str:
    """Returns a text that is the same in all requests of a client, as far as that is known without a cookie for it.

    It only chooses among replicas, so forging it changes no more than that.
    """
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    meta = request.META  # request.headers is made of it, which takes longer than all the rest
    if known := session or meta.get("HTTP_AUTHORIZATION"):
        return str(known)
    address = meta.get("HTTP_X_FORWARDED_FOR") or meta.get("REMOTE_ADDR")
    return f"{address} {meta.get('HTTP_USER_AGENT')}" if address else token_hex(8)


def received(request: HttpRequest) -> Positions:
    """What the client has written: all that its cookies and its header say."""
    values = [request.COOKIES[name] for name in _cookies(request)]
    if header := request.META.get(META_KEY):
        values += header.split(",", MOST)[:MOST]
    if not values:  # as of nearly all
        return {}
    found: dict[str, list[Position]] = defaultdict(list)
    keys = _keys()
    for value in values:
        for primary, position in _read(value.strip(), keys):
            if position not in found[primary] and not position.is_out_of_date():
                found[primary].append(position)
    return {primary: few for primary, few in found.items() if few}


def send(request: HttpRequest, response: HttpResponseBase, positions: Positions) -> None:
    """Gives them to the client. Such a response is this client's alone: no shared cache may keep it."""
    value = _written(positions)
    response.headers[HEADER] = value
    place = {
        "path": settings.SESSION_COOKIE_PATH,
        "domain": settings.SESSION_COOKIE_DOMAIN or "",
        "samesite": "Lax",
    }
    for name in _cookies(request):
        _set_cookie(response, name, "", place, {"max-age": 0, "expires": _LONG_AGO})
    name = COOKIE + choice(LETTERS)  # noqa: S311  which one it is tells nothing
    secure = settings.SESSION_COOKIE_SECURE
    how = {"max-age": round(lifetime()), "httponly": True, "secure": secure}
    _set_cookie(response, name, value, place, how)
    # What patch_vary_headers() and patch_cache_control() do as well, in a quarter of the time.
    if "Vary" in response.headers:
        patch_vary_headers(response, ["Cookie", HEADER])
    else:
        response.headers["Vary"] = f"Cookie, {HEADER}"
    if "Cache-Control" in response.headers:
        patch_cache_control(response, private=True)
    else:
        response.headers["Cache-Control"] = "private"


def _set_cookie(
    response: HttpResponseBase, name: str, value: str, place: dict[str, Any], how: dict[str, Any]
) -> None:
    """What ``set_cookie()`` does as well, in a quarter of the time: each write comes here."""
    cookie: Morsel[str] = Morsel()
    cookie.set(name, value, value)
    dict.update(cookie, place)
    dict.update(cookie, how)
    response.cookies[name] = cookie


def _cookies(request: HttpRequest) -> list[str]:
    return [name for name in request.COOKIES if name in NAMES]


def _written(positions: Positions) -> str:
    """The newest few by name; of the others only when they were written, which time settles."""
    newest = {primary: max(each.taken for each in few) for primary, few in positions.items()}
    order = sorted(newest, key=newest.__getitem__, reverse=True)
    lines = [
        f"{each.taken} {each.text} {primary}"
        for primary in order[:MOST]
        for each in positions[primary]
    ]
    if others := order[MOST:]:
        lines.append(f"{newest[others[0]]}  {OTHERS}")
    text = signing.b64_encode("\n".join(lines).encode()).decode()
    return f"{text}:{signature(_SALT, text, WHOLE)}"


def _keys() -> tuple[Any, ...]:
    return settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS


@lru_cache(maxsize=1000)  # a client sends the same for five minutes
def _read(value: str, keys: tuple[Any, ...]) -> tuple[tuple[str, Position], ...]:
    """What a value says; nothing if it is not signed with one of these keys."""
    encoded, _, given = value.rpartition(":")
    if not is_signed(_SALT, encoded, given, WHOLE):
        return ()
    text = signing.b64_decode(encoded.encode()).decode()
    parts = (line.split(" ", 2) for line in text.splitlines())
    return tuple((primary, Position(text, float(taken))) for taken, text, primary in parts)
