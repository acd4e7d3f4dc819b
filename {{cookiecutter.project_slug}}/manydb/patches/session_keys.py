"""Sessions whose keys the engine makes and recognises.

A custom session backend is documented: a class that derives from one of Django's. What makes a key and says
whether one is valid are methods of it that are not documented. A class cannot replace the key that it was
given by any documented way. No ticket known.
"""

from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore

from manydb.patches import Patch, expect, takes, uses


class OwnKeys:
    """Comes before a store of Django's: ``new_key()`` makes its keys and ``is_key()`` says which are valid."""

    def new_key(self) -> str:
        raise NotImplementedError

    def is_key(self, key: str | None) -> bool:
        raise NotImplementedError

    def replace_key(self, key: str | None) -> None:
        """Goes on with this key; with None the next ``save()`` makes one."""
        self._session_key = key

    # save() makes sure that a new one is new.
    def _get_new_session_key(self) -> str:
        return self.new_key()

    async def _aget_new_session_key(self) -> str:
        return self.new_key()

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and self.is_key(key)  # most requests have no cookie


class OwnCookies(CookieStore):
    """Sessions in signed cookies: ``cookie()`` gets what Django has signed, and its result is the cookie."""

    def cookie(self, signed: str) -> str:
        raise NotImplementedError

    def load_signed(self, signed: str) -> dict[str, Any]:
        """What Django reads from its part of the cookie."""
        cookie = self.session_key
        self._session_key = signed
        try:
            data: dict[str, Any] = super().load()
        finally:
            self._session_key = cookie
        return data

    def _get_session_key(self) -> str:
        return self.cookie(str(super()._get_session_key()))


def _expects() -> None:
    base: Any = SessionBase
    takes(base._get_new_session_key, "self")
    takes(base._aget_new_session_key, "self")
    takes(base._validate_session_key, "self", "key")
    uses(base._get_or_create_session_key, "_get_new_session_key", "_session_key")
    uses(base._aget_or_create_session_key, "_aget_new_session_key", "_session_key")
    uses(base._set_session_key, "_validate_session_key")
    uses(base.__init__, "_session_key")
    expect(base._session_key.fset is base._set_session_key, "setting a key validates it")
    expect(base.session_key.fget is base._get_session_key, "session_key is what was set")
    uses(DatabaseStore.create, "_get_new_session_key")
    cookies: Any = CookieStore
    expect("_get_session_key" in vars(cookies), "cookies have a way of their own to make a key")
    takes(cookies._get_session_key, "self")
    uses(cookies.save, "_get_session_key", "_session_key")
    uses(cookies.load, "session_key")


PATCH = Patch("session_keys", tried=("5.2", "6.1"), expects=_expects)
