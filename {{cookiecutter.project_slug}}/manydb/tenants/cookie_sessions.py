"""Sessions in signed cookies, each for one tenant: ``SESSION_ENGINE`` may name this module."""

from typing import Any

from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore

from manydb.tenants.context import current_identity
from manydb.tenants.sessions import is_marked, mark


class SessionStore(CookieStore):
    """Django's, with a mark of the tenant in front of the cookie."""

    def load(self) -> dict[str, Any]:
        cookie = self.session_key or ""
        given, _, signed = cookie.partition("-")
        for tenant in (current_identity(), ""):
            if is_marked(tenant, signed, given):
                break
        else:
            self.create()
            return {}
        self._session_key = signed
        data: dict[str, Any] = super().load()
        self._session_key = cookie
        if tenant != current_identity():  # it began without one and goes on as this tenant's own
            self.modified = True
        return data

    def _get_session_key(self) -> str:
        signed = str(super()._get_session_key())
        return f"{mark(current_identity(), signed)}-{signed}"
