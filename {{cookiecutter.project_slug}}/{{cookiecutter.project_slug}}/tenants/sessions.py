"""Sessions that are good for one tenant only: a cookie of one opens nothing with another.

Accounts live in ``default`` and sessions, too, so their key alone would be good everywhere. Here half of
the key is a signature of the other half and the tenant. A key of another tenant counts as none: its session
is not looked up, not written to and not ended.

A session that began where no tenant is active, on the base domain or by a test's ``force_login()``, goes on
with the first tenant that sees it, as a session of that tenant's own.
"""

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from .context import current_tenant

_HALF = 20  # The table has room for 40; 20 of 36 characters are 103 bits.


class BoundToTenant:
    """Comes before any of Django's session stores but that of signed cookies, which has no keys."""

    def _get_new_session_key(self: Any) -> str:
        while self.exists(key := _new_key()):
            pass
        return key

    async def _aget_new_session_key(self: Any) -> str:
        while await self.aexists(key := _new_key()):
            pass
        return key

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and (_is_of(current_tenant(), str(key)) or _is_of(None, str(key)))

    def load(self: Any) -> dict[str, Any]:
        return self._go_on(super().load())  # type: ignore[misc]

    async def aload(self: Any) -> dict[str, Any]:
        return self._go_on(await super().aload())  # type: ignore[misc]

    def _go_on(self: Any, data: dict[str, Any]) -> dict[str, Any]:
        if data and self.session_key and not _is_of(current_tenant(), self.session_key):
            self._session_key = None  # saving it makes a new one, of this tenant
            self.modified = True
        return data


class SessionStore(BoundToTenant, DatabaseStore):  # type: ignore[misc]
    """Django's sessions in the database, each for one tenant."""


def _new_key() -> str:
    start = get_random_string(_HALF, VALID_KEY_CHARS)
    return start + _mark(current_tenant(), start, settings.SECRET_KEY)


def _is_of(tenant: str | None, key: str) -> bool:
    start, mark = key[:_HALF], key[_HALF:]
    return any(
        constant_time_compare(mark, _mark(tenant, start, secret))
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


def _mark(tenant: str | None, start: str, secret: str | bytes) -> str:
    mac = salted_hmac(__name__, f"{tenant or ''}:{start}", secret=secret, algorithm="sha256")
    return mac.hexdigest()[:_HALF]
