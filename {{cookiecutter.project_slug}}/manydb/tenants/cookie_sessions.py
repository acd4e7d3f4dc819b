"""Sessions in signed cookies, each for one tenant: ``SESSION_ENGINE`` may name this module."""

from typing import Any

from manydb.patches.session_keys import OwnCookies
from manydb.tenants.context import current_identity
from manydb.tenants.sessions import is_marked, mark


class SessionStore(OwnCookies):
    """Django's, with a mark of the tenant in front of the cookie."""

    def load(self) -> dict[str, Any]:
        given, _, signed = (self.session_key or "").partition("-")
        for tenant in (current_identity(), ""):
            if is_marked(tenant, signed, given):
                break
        else:
            self.create()
            return {}
        data = self.load_signed(signed)
        if tenant != current_identity():  # it began without one and goes on as this tenant's own
            self.modified = True
        return data

    def cookie(self, signed: str) -> str:
        return f"{mark(current_identity(), signed)}-{signed}"
