"""Finds settings that let tenants meet outside of their databases: in caches, sessions and stored files."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage
from django.core.files.storage import Storage
from django.db import connections
from django.db.models import FileField
from django.http.request import validate_host
from django.utils.module_loading import import_string

from manydb.core.conf import conf
from manydb.core.findings import Error, Warning
from manydb.core.late_checks import register
from manydb.core.placement import DEFAULT
from manydb.core.routing import PER_TENANT, home_of
from manydb.tenants.cache_keys import shared_key, tenant_key
from manydb.tenants.channel_layers import TenantLayer
from manydb.tenants.cookie_sessions import SessionStore as CookieStore
from manydb.tenants.middleware import tenant_from_request
from manydb.tenants.resolvers import subdomain
from manydb.tenants.sessions import BoundToTenant
from manydb.tenants.storage import TenantStorage

_MIDDLEWARE = f"{tenant_from_request.__module__}.tenant_from_request"
_KEEPING = ("django.contrib.sessions.middleware.", "django.middleware.cache.")
_SUBDOMAIN = f"{subdomain.__module__}.{subdomain.__name__}"
_COOKIE_DOMAINS = ("SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "LANGUAGE_COOKIE_DOMAIN")
# SITE_ROOT, WAGTAILADMIN_BASE_URL, FRONTEND_URL: what well-known packages and projects call the address of their site.
_ADDRESS = re.compile(
    r"(^|_)(SITE|BASE|PUBLIC|FRONTEND|APP|EXTERNAL|CANONICAL|WEBSITE)_?(ROOT|URL|URI|ADDRESS)$"
)
_LAYER = f"{TenantLayer.__module__}.{TenantLayer.__name__}"
_KEYS = [f"{function.__module__}.{function.__name__}" for function in (tenant_key, shared_key)]


@register()
def check_caches(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W203: a cache gives one tenant what it keeps for another."""
    return [
        Warning(
            f"CACHES[{alias!r}] keeps what it is given for all tenants under one key.",
            hint=f'Add "KEY_FUNCTION": "{_KEYS[0]}", or "{_KEYS[1]}" if that is meant to be.',
            id="manydb.W203",
        )
        for alias, cache in settings.CACHES.items()
        if not (
            cache.get("KEY_FUNCTION") in (*_KEYS, tenant_key, shared_key)
            or cache["BACKEND"].endswith(".DummyCache")
        )
    ]


@register()
def check_sessions(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W204: a session cookie of one tenant is good for all."""
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    if issubclass(store, BoundToTenant | CookieStore):
        return []
    return [
        Warning(
            f"A session of {settings.SESSION_ENGINE} that begins with one tenant is good for all.",
            hint=f"Make a module with class SessionStore({BoundToTenant.__name__}, <its SessionStore>) "
            f"and name it in SESSION_ENGINE, as {BoundToTenant.__module__} does.",
            id="manydb.W204",
        )
    ]


@register()
def check_channel_layers(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W220: a group of Channels has members of all tenants."""
    return [
        Warning(
            f"CHANNEL_LAYERS[{alias!r}] sends what is meant for a group of one tenant to those of all.",
            hint=f'Use "{_LAYER}" and name that layer in CONFIG["backend"].',
            id="manydb.W220",
        )
        for alias, layer in getattr(settings, "CHANNEL_LAYERS", {}).items()
        if layer.get("BACKEND") != _LAYER
    ]


@register()
def check_middleware(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W206: sessions or cached pages are looked up before the tenant of the request is active."""
    before = takewhile(lambda path: path != _MIDDLEWARE, settings.MIDDLEWARE)
    return [
        Warning(
            f"MIDDLEWARE has {path} before {_MIDDLEWARE.rpartition('.')[2]}.",
            hint=f"Move {_MIDDLEWARE} before it: what it keeps is the tenant's.",
            id="manydb.W206",
        )
        for path in before
        if _MIDDLEWARE in settings.MIDDLEWARE and path.startswith(_KEEPING)
    ]


@register()
def check_storage(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W205: stored files of all tenants are in one folder."""
    storages = {
        f"STORAGES[{alias!r}]": import_string(str(storage["BACKEND"]))
        for alias, storage in settings.STORAGES.items()
        if alias != "staticfiles"
    }
    for model in apps.get_models():
        for field in model._meta.local_fields if home_of(model) == PER_TENANT else ():
            if isinstance(field, FileField):
                storages |= {str(field): each for each in _kinds_of(field)}
    return [
        Warning(
            f"{where} stores files of all tenants in one folder of {storage.__name__}.",
            hint=f'Use "{TenantStorage.__module__}.TenantStorage" and name that one in OPTIONS["backend"].',
            id="manydb.W205",
        )
        for where, storage in storages.items()
        if not issubclass(storage, TenantStorage)
    ]


def _kinds_of(field: FileField) -> Iterator[type[Storage]]:
    """The class of its storage, and those of others that a package's field has: for thumbnails, for private files."""
    for held in (field.storage, *vars(field).values()):
        for each in held.values() if isinstance(held, dict) else [held]:
            # By the class alone: a lazy one is set up when it is used.
            if issubclass(type(each), Storage):
                yield each.__class__


@register()
def check_hosts(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W211: a page on one tenant's host can act on another's, or gets its cookies."""
    if _SUBDOMAIN not in conf.TENANT_RESOLVERS:
        return []
    trusting = [
        f"CSRF_TRUSTED_ORIGINS has {origin!r}, so a page of one tenant may post to every other."
        for origin in settings.CSRF_TRUSTED_ORIGINS
        if (pattern := urlsplit(origin).netloc).startswith("*")
        and validate_host(f"acme.{conf.BASE_DOMAIN}", [pattern.lstrip("*")])
    ]
    shared = [
        f"{name} is {domain!r}, so browsers send one tenant's cookie to all."
        for name in _COOKIE_DOMAINS
        if (domain := getattr(settings, name))
        and validate_host(f"acme.{conf.BASE_DOMAIN}", [f".{domain.lstrip('.')}"])
    ]
    removal = "Remove it: Django accepts a form from its own host without it."
    host_only = "Set it to None: then a cookie is sent to its own host only."
    return [
        Warning(text, hint=hint, id="manydb.W211")
        for texts, hint in ((trusting, removal), (shared, host_only))
        for text in texts
    ]


@register()
def check_links(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W223: a setting is the address of this site, from which links of every tenant are made."""
    own = [f".{conf.BASE_DOMAIN}", *(host for host in settings.ALLOWED_HOSTS if host != "*")]
    return [
        Warning(
            f"Links that are made from {name} lead to {host} from every tenant.",
            hint="Make the setting follow the active tenant.",
            id="manydb.W223",
        )
        for name in dir(settings)
        if _ADDRESS.search(name)
        # A lazy one is asked for its text when a link is made: it follows already.
        if isinstance(address := getattr(settings, name), str)
        and (host := _host_of(address))
        and validate_host(host, own)
    ]


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # no address: Django has no opinion of it either
        return ""


@register()
def check_servers(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E212: a server of TENANT_SERVERS is of another engine than ``default``."""
    engine = connections.settings.get(DEFAULT, {}).get("ENGINE")
    return [
        Error(
            f"TENANT_SERVERS[{name!r}] has ENGINE {other!r}, and tenants' databases are of {engine!r}.",
            hint="Remove ENGINE there: all tenants have the engine of default.",
            id="manydb.E212",
        )
        for name, server in conf.TENANT_SERVERS.items()
        for part in (server, server.get("READER", {}), server.get("DIRECT", {}))
        if (other := part.get("ENGINE", engine)) != engine
    ]
