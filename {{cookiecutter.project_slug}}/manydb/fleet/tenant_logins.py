"""The accounts of tenants: each database has one of its own, so that no SQL of one tenant's page reaches another's.

No place keeps ten thousand passwords. Each is derived from one key of the parameter store, the tenant's UUID and a
generation. The catalog has the generation, with the key's mark, and nothing secret. The next generation has another name:
both accounts log in for as long as a rotation takes, on each kind of server.

A role that a session takes (SET ROLE) would be no substitute: the session that is to be kept in takes it off again.
"""

import hmac
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from manydb.core.conf import conf
from manydb.core.credentials import Login
from manydb.core.entries import vendor
from manydb.parameters import get_param

KEY = "TENANT_ACCOUNTS_KEY"
PAGES, READER = "t", "r"  # what the name of an account begins with

_SERVERS = ("mysql", "postgresql")
_SHORTEST = 32
_POLICY = "-aA1"  # what servers that judge passwords ask for
_LAST = 9999  # names have 32 characters at most, on MySQL


def has_accounts(entry: Mapping[str, Any]) -> bool:
    """Whether tenants have accounts of their own on the server of this entry. Tests' databases are of one account."""
    return conf.TENANT_ACCOUNTS and not conf.TENANTS_ALWAYS_READY and vendor(entry) in _SERVERS


def keys() -> list[bytes]:
    """Returns the keys: the first makes new accounts, further ones are those of before.

    Raises:
        ImproperlyConfigured: there is none, or one that can be guessed.
    """
    found = [each.strip() for each in get_param(KEY, "").split(",") if each.strip()]
    if not found or any(len(each) < _SHORTEST for each in found):
        raise ImproperlyConfigured(
            f"TENANT_ACCOUNTS needs {KEY}, of at least {_SHORTEST} characters: put one where the other parameters are, "
            'as python -c "import secrets; print(secrets.token_urlsafe(48))" prints it.'
        )
    return [each.encode() for each in found]


class TenantAccount(NamedTuple):
    """One generation of a tenant's account. ``label`` is what the catalog has of it: ``3-1f2e3d4c``."""

    tenant: str  # its UUID
    label: str

    @classmethod
    def next(cls, tenant: str, label: str = "") -> "TenantAccount":
        """Returns the generation after this one, made with the first key."""
        number = cls(tenant, label).number + 1 if label else 1
        return cls(tenant, f"{number if number <= _LAST else 1}-{_mark(keys()[0])}")

    @property
    def number(self) -> int:
        return int(self.label.partition("-")[0])

    def name(self, purpose: str = PAGES) -> str:
        """Returns the account's name, of 32 characters at most."""
        return _name(purpose, self.tenant, self.number)

    def login(self, purpose: str = PAGES) -> Login:
        """Returns the name with its password.

        Raises:
            ImproperlyConfigured: the parameters do not have the key that made it.
        """
        mark = self.label.partition("-")[2]
        key = next((key for key in keys() if _mark(key) == mark), None)
        if key is None:
            raise ImproperlyConfigured(
                f"The account of a tenant was made with another {KEY} than the parameters have. Put that one behind "
                "the new one, with a comma between them, then run python manage.py rotate_tenant_accounts --all."
            )
        name = self.name(purpose)
        digest = hmac.digest(key, f"{purpose}:{self.tenant}:{self.number}".encode(), sha256)
        return Login(name, urlsafe_b64encode(digest).decode().rstrip("=") + _POLICY)

    def names(self) -> list[str]:
        """Returns the names of this generation."""
        return [self.name(purpose) for purpose in (PAGES, READER)]

    def others(self) -> Iterator[str]:
        """Yields the names of generations that a rotation before this one, or one that was killed, may have left."""
        for number in (self.number - 2, self.number - 1, self.number + 1):
            for purpose in (PAGES, READER) if number > 0 else ():
                yield _name(purpose, self.tenant, number)


def _name(purpose: str, tenant: str, number: int) -> str:
    unique = b32encode(UUID(tenant).bytes).decode().rstrip("=").lower()
    return f"{purpose}{unique}_{number}"


def _mark(key: bytes) -> str:
    """What tells keys apart, and says nothing of them."""
    return hmac.digest(key, b"mark", sha256).hex()[:8]
