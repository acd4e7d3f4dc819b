"""Sessions that are good for one tenant only: a cookie of one opens nothing with another.

Accounts live in ``default`` and sessions, too, so their key alone would be good everywhere. Here half of
the key is a signature of the other half and the tenant. A key of another tenant counts as none, also one of
an earlier tenant of the same name: its session is not looked up, not written to and not ended.

A session may begin where no tenant is active, on the base domain or by a test's ``force_login()``. The first
tenant that sees it goes on with it, as a session of that tenant's own.
"""

from typing import Any

from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils.crypto import get_random_string

from manydb.core.signing import HALF, is_signed, signature
from manydb.patches.session_keys import OwnKeys
from manydb.tenants.context import current_identity

_HALF = 20  # The table has room for 40; 20 of 36 characters are 103 bits.


class BoundToTenant(OwnKeys):
    """Comes before any of Django's session stores but that of signed cookies (``cookie_sessions``)."""

    def new_key(self) -> str:
        start = get_random_string(_HALF, VALID_KEY_CHARS)
        return start + mark(current_identity(), start)

    # The tenant whose key it is, and the key, as far as that was found out.
    _known: tuple[str, str | None] | None = None

    def is_key(self, key: str | None) -> bool:
        tenant = current_identity()
        start, end = str(key)[:_HALF], str(key)[_HALF:]
        if is_marked(tenant, start, end):
            self._known = tenant, key
            return True
        return is_marked("", start, end)

    # Code may name a key: what is another tenant's does not exist here, and is not ended.

    def exists(self: Any, session_key: str) -> bool:
        return bool(self.is_key(session_key) and super().exists(session_key))  # type: ignore[misc]

    async def aexists(self: Any, session_key: str) -> bool:
        is_there = self.is_key(session_key) and await super().aexists(session_key)  # type: ignore[misc]
        return bool(is_there)

    def delete(self: Any, session_key: str | None = None) -> None:
        if session_key is None or self.is_key(session_key):
            super().delete(session_key)  # type: ignore[misc]

    async def adelete(self: Any, session_key: str | None = None) -> None:
        if session_key is None or self.is_key(session_key):
            await super().adelete(session_key)  # type: ignore[misc]

    def load(self: Any) -> dict[str, Any]:
        data: dict[str, Any] = self._go_on(super().load())  # type: ignore[misc]
        return data

    async def aload(self: Any) -> dict[str, Any]:
        data: dict[str, Any] = self._go_on(await super().aload())  # type: ignore[misc]
        return data

    def _go_on(self: Any, data: dict[str, Any]) -> dict[str, Any]:
        key, tenant = self.session_key, current_identity()
        is_own = self._known == (tenant, key)
        if key and not is_own and not is_marked(tenant, key[:_HALF], key[_HALF:]):
            self.replace_key(None)  # saving it makes a new one, of this tenant
            self.modified = True
        return data


class SessionStore(BoundToTenant, DatabaseStore):
    """Django's sessions in the database, each for one tenant."""


def mark(tenant: str, text: str) -> str:
    """A signature that says whose a text is."""
    return signature(__name__, f"{tenant}:{text}", HALF)


def is_marked(tenant: str, text: str, given: str) -> bool:
    return is_signed(__name__, f"{tenant}:{text}", given, HALF)
