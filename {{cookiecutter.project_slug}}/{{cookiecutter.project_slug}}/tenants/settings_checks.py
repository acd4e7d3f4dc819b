"""Finds settings that let tenants meet outside of their databases: in caches, sessions and stored files."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.utils.module_loading import import_string

from .cache_keys import shared_key, tenant_key
from .cookie_sessions import SessionStore as CookieStore
from .sessions import BoundToTenant
from .storage import TenantStorage

_KEYS = [f"{function.__module__}.{function.__name__}" for function in (tenant_key, shared_key)]


@register()
def check_caches(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """tenants.W003: a cache gives one tenant what it keeps for another."""
    return [
        Warning(
            f"CACHES[{alias!r}] keeps what it is given for all tenants under one key.",
            hint=f'Add "KEY_FUNCTION": "{_KEYS[0]}", or "{_KEYS[1]}" if that is meant to be.',
            id="tenants.W003",
        )
        for alias, cache in settings.CACHES.items()
        if not (
            cache.get("KEY_FUNCTION") in (*_KEYS, tenant_key, shared_key)
            or cache["BACKEND"].endswith(".DummyCache")
        )
    ]


@register()
def check_sessions(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """tenants.W004: a session cookie of one tenant is good for all."""
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    if issubclass(store, BoundToTenant | CookieStore):
        return []
    return [
        Warning(
            f"A session of {settings.SESSION_ENGINE} that begins with one tenant is good for all.",
            hint=f"Make a module with class SessionStore({BoundToTenant.__name__}, <its SessionStore>) "
            f"and name it in SESSION_ENGINE, as {BoundToTenant.__module__} does.",
            id="tenants.W004",
        )
    ]


@register()
def check_storage(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """tenants.W005: stored files of all tenants are in one folder."""
    storage = str(settings.STORAGES["default"]["BACKEND"])
    if issubclass(import_string(storage), TenantStorage):
        return []
    return [
        Warning(
            f'STORAGES["default"] stores files of all tenants in one folder of {storage}.',
            hint=f'Use "{TenantStorage.__module__}.TenantStorage" and name that one in OPTIONS["backend"].',
            id="tenants.W005",
        )
    ]
