"""What a client wrote, as it carries it itself: in a cookie or, where an API has none, in a header.

A response to a request that wrote sets both. Clients send either back with what they ask for next. The value
is signed, so that nobody can send all their reads to the primary, and one that is not ours, or older than
MAX_AGE, counts as none.
"""

import time
from collections.abc import Mapping
from secrets import token_hex

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from .positions import Position
from .reads import OTHERS

COOKIE = "database_positions"
HEADER = "Database-Positions"
MAX_AGE = 300  # seconds; far above REPLICA_MAX_LAG, beyond which a replica is left out
MOST = 8  # databases that a cookie names

_SALT = "databases.replicas"


def identity(request: HttpRequest) -> str:
    """The same for all requests of one client, as well as it can be known without a cookie of our own.

    It chooses among replicas and nothing else, so whoever forges it changes no more than that.
    """
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if known := session or request.headers.get("Authorization"):
        return known
    address = request.headers.get("X-Forwarded-For") or request.META.get("REMOTE_ADDR")
    return f"{address} {request.headers.get('User-Agent')}" if address else token_hex(8)


def received(request: HttpRequest) -> dict[str, Position]:
    """What the client has written, by primary: the newest of what cookie and header say."""
    newest: dict[str, Position] = {}
    for value in (request.COOKIES.get(COOKIE), request.headers.get(HEADER)):
        for primary, position in _read(value or "").items():
            if primary not in newest or newest[primary].taken < position.taken:
                newest[primary] = position
    return newest


def send(response: HttpResponseBase, positions: Mapping[str, Position]) -> None:
    """Gives them to the client. Such a response is this client's alone: no shared cache may keep it."""
    value = _written(positions)
    response.headers[HEADER] = value
    response.set_cookie(
        COOKIE,
        value,
        max_age=MAX_AGE,
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    patch_vary_headers(response, ["Cookie", HEADER])
    patch_cache_control(response, private=True)


def _written(positions: Mapping[str, Position]) -> str:
    """The newest few by name; of the others only when they were written, which time settles."""
    newest = sorted(positions.items(), key=lambda item: item[1].taken, reverse=True)
    named, others = dict(newest[:MOST]), newest[MOST:]
    if others:
        named[OTHERS] = Position("", others[0][1].taken)
    value = {primary: [position.text, position.taken] for primary, position in named.items()}
    return signing.dumps(value, salt=_SALT, compress=True)


def _read(value: str) -> dict[str, Position]:
    if not value:
        return {}
    try:
        positions = signing.loads(value, salt=_SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return {}
    oldest = time.time() - MAX_AGE
    return {
        primary: Position(text, taken)
        for primary, (text, taken) in positions.items()
        if taken > oldest
    }
