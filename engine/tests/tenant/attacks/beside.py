"""Attacks on what is kept beside the databases: caches, sessions, stored files, and messages to workers."""

from typing import Any

from django.contrib.sessions.backends import cache as sessions_in_cache
from django.contrib.sessions.backends import cached_db, file
from django.core.cache import cache
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from engine.tests.names import OTHER_TENANT
from manydb.core.exceptions import TenantRequired, TenantUnavailable, UnknownDatabase
from manydb.core.signing import HALF, signature
from manydb.tenants import catalog, cookie_sessions, sessions
from manydb.tenants.context import current_identity, tenant_context
from manydb.tenants.envelope import opened, sealed
from manydb.tenants.models import Tenant

from . import SECRET, Attack, Use, attacks

REPORT = "reports/theirs.txt"


def cached() -> str:
    cache.set_many({"one": SECRET, "number": 1})
    return "one"


def _incremented(key: str) -> object:
    try:
        return cache.incr("number")
    except ValueError:
        return None


CACHE: dict[str, Use] = {
    "get": lambda key: cache.get(key),
    "get_many": lambda key: cache.get_many([key]) or None,
    "get_or_set": lambda key: cache.get_or_set(key, lambda: None),
    "has_key": lambda key: cache.has_key(key) or None,
    "in": lambda key: key in cache or None,
    "incr": _incremented,
    "touch": lambda key: cache.touch(key) or None,
    "delete": lambda key: cache.delete(key) or None,
    "another version": lambda key: cache.get(key, version=2),
    "their key": lambda key: cache.get(f"{catalog.owner_of(OTHER_TENANT)}:1:{key}"),
}


async def _aget(key: str) -> Any:
    return await cache.aget(key)


STORES: dict[str, Any] = {
    "in the database": sessions.SessionStore,
    "in signed cookies": cookie_sessions.SessionStore,
} | {
    f"in {name}": type("SessionStore", (sessions.BoundToTenant, module.SessionStore), {})
    for name, module in {
        "a cache": sessions_in_cache,
        "a cache and the database": cached_db,
        "files": file,
    }.items()
}


def _saved(store: Any) -> str:
    session = store()
    session["user"] = SECRET
    session.save()
    return str(session.session_key)


def _read(store: Any) -> Use:
    return lambda key: dict(store(key).items()) or None


def _key_with_our_mark(store: Any) -> Use:
    """Their session under a key that somebody has put together."""

    def tried(key: str) -> object:
        start = key[:20]
        return (
            dict(store(start + signature(sessions.__name__, f":{start}", HALF, "guessed")).items())
            or None
        )

    return tried


def stored() -> str:
    default_storage.delete(REPORT)
    return default_storage.save(REPORT, ContentFile(SECRET.encode()))


def _opened(name: str) -> object:
    try:
        return default_storage.open(name).read()
    except FileNotFoundError:
        return None


FILES: dict[str, Use] = {
    "open": _opened,
    "exists": lambda name: default_storage.exists(name) or None,
    "delete and look": lambda name: default_storage.delete(name),
    "by their folder": lambda name: _opened(f"{catalog.owner_of(OTHER_TENANT)}/{name}"),
    "list": lambda name: default_storage.listdir("") if default_storage.exists("reports") else None,
}
NAMES: dict[str, Use] = {
    "out and in": lambda name: _opened(f"../{catalog.owner_of(OTHER_TENANT)}/{name}"),
    "from the root": lambda name: _opened(f"/{catalog.owner_of(OTHER_TENANT)}/{name}"),
    "by backslashes": lambda name: _opened(f"a\\..\\..\\{catalog.owner_of(OTHER_TENANT)}\\{name}"),
    "later in the name": lambda name: _opened(f"a/../../{catalog.owner_of(OTHER_TENANT)}/{name}"),
    "saved there": lambda name: default_storage.save(
        f"../{catalog.owner_of(OTHER_TENANT)}/{name}", ContentFile(b"Made")
    ),
    "deleted there": lambda name: default_storage.delete(
        f"../{catalog.owner_of(OTHER_TENANT)}/{name}"
    ),
    "its address": lambda name: default_storage.url(f"../{catalog.owner_of(OTHER_TENANT)}/{name}"),
    "its path": lambda name: default_storage.path(f"../{catalog.owner_of(OTHER_TENANT)}/{name}"),
}


def _works(envelope: Any) -> str:
    """What a worker would see of the tenant of a message; it must not be ours, nor any."""
    with opened("invoices", envelope):
        return current_identity()


def _ours() -> dict[str, Any]:
    return sealed("invoices")


def _of_a_dropped_one() -> dict[str, Any]:
    """A message of a tenant that was dropped, and another one has its name."""
    row = Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
    with tenant_context("newcomer"):
        message = sealed("invoices")
    row.delete()
    Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
    return message


def _of_a_suspended_one() -> dict[str, Any]:
    row = Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
    with tenant_context("newcomer"):
        message = sealed("invoices")
    row.state = "suspended"
    row.save()
    return message


MESSAGES: dict[str, Use] = {
    "none": lambda theirs: _works(None),
    "empty": lambda theirs: _works({}),
    "a name": lambda theirs: _works(OTHER_TENANT),
    "a list": lambda theirs: _works([theirs]),
    "of an earlier version": lambda theirs: _works({"version": 1, "name": OTHER_TENANT}),
    "of a later version": lambda theirs: _works({**theirs, "version": 3}),
    "without a UUID": lambda theirs: _works({k: v for k, v in theirs.items() if k != "tenant"}),
    "with a name for a UUID": lambda theirs: _works({**theirs, "tenant": OTHER_TENANT}),
    "without a signature": lambda theirs: _works({**theirs, "signature": ""}),
    "with no signature": lambda theirs: _works({**theirs, "signature": None}),
    "their UUID, our signature": lambda theirs: _works({**_ours(), "tenant": theirs["tenant"]}),
    "our UUID, their signature": lambda theirs: _works({**theirs, "tenant": current_identity()}),
    "a UUID of none": lambda theirs: _works({**theirs, "tenant": "0" * 36}),
}

# In each place.
TABLE: list[Attack] = [
    *attacks("their cached value", cached, CACHE, gives=(None,)),
    *attacks("their cached value", cached, {"aget": _aget}, gives=(None,)),
    *attacks("their stored file", stored, FILES, gives=(None,)),
    *attacks("their stored file", stored, NAMES, SuspiciousFileOperation),
    *attacks("a message", lambda: sealed("invoices"), MESSAGES, TenantRequired),
]
# Once: each needs rows of its own, or a folder.
TABLE_ONCE: list[Attack] = [
    *(
        Attack(
            f"their session {name}", lambda store=store: _saved(store), _read(store), (), (None,)
        )
        for name, store in STORES.items()
    ),
    *(
        Attack(
            f"their session {name}, by a key put together",
            lambda store=store: _saved(store),
            _key_with_our_mark(store),
            (),
            (None,),
        )
        for name, store in STORES.items()
        if name != "in signed cookies"
    ),
    Attack("a message of one that was dropped", _of_a_dropped_one, _works, (UnknownDatabase,)),
    Attack("a message of one that is suspended", _of_a_suspended_one, _works, (TenantUnavailable,)),
]
