"""What a package's resolver of addresses makes of rows, and what ``reverse()`` looks up of it: once for each tenant.

A package may have a ``URLResolver`` of its own that makes its patterns when they are asked for, such as those of the
pages of a CMS. The process keeps them: in a ``cached_property``, in dicts of each resolver above it, by language, and
in the cache of resolvers of namespaces. No setting names another place. No ticket known.

A tree of resolvers is looked through as it is loaded. What has none of a package's below it stays as it is.
"""

import inspect
from collections.abc import Callable, MutableMapping
from functools import cache, cached_property, wraps
from typing import Any

import django.urls
from django.urls import URLResolver
from django.utils.functional import cached_property as django_cached_property

from manydb.core.exceptions import TenantRequired
from manydb.patches import Patch, has, is_ours, ours, uses

Kept = MutableMapping[Any, Any]

base: Any = django.urls.base
resolvers: Any = django.urls.resolvers

_MADE = ("url_patterns", "urlconf_module")
_LOOKED_UP = ("_reverse_dict", "_namespace_dict", "_app_dict")
_APART = "kept_apart"


def keep_in(make: Callable[[], Kept]) -> None:
    """Has the trees that are loaded from now on keep there what a package's resolvers make."""
    PATCH.verify()
    original = resolvers._get_cached_resolver
    if not is_ours(original):
        _put("_get_cached_resolver", cache(_root(original.__wrapped__, make)))
        base.clear_url_caches()


def _put(name: str, function: Any) -> None:
    for module in (resolvers, base):
        setattr(module, name, function)


def _root(original: Callable[..., URLResolver], make: Callable[[], Kept]) -> Callable[..., Any]:
    class Root(URLResolver):
        @django_cached_property
        def url_patterns(self) -> Any:
            patterns = super().url_patterns
            if _keep_apart(patterns, make):
                _look_up_apart(self, make)
                _know_namespaces_apart(make)
            return patterns

    @wraps(original)
    def get_cached_resolver(*key: Any) -> URLResolver:
        resolver = original(*key)
        resolver.__class__ = Root
        return resolver

    return ours(get_cached_resolver)  # type: ignore[no-any-return]


def _keep_apart(patterns: Any, make: Callable[[], Kept]) -> bool:
    """Whether a package's resolver is among these or below them."""
    below = [each for each in patterns if isinstance(each, URLResolver)]
    found = [each for each in below if _APART in vars(each) or _keeps_apart(each, make)]
    for resolver in found:
        _look_up_apart(resolver, make)
    return bool(found)


def _keeps_apart(resolver: URLResolver, make: Callable[[], Kept]) -> bool:
    kind = type(resolver)
    if all(getattr(kind, name) is getattr(URLResolver, name) for name in _MADE):
        return _keep_apart(resolver.url_patterns, make)
    make_careful: Any = _careful  # its argument is hashable: a class
    resolver.__class__ = make_careful(kind)
    return True


def _look_up_apart(resolver: URLResolver, make: Callable[[], Kept]) -> None:
    if _APART not in vars(resolver):
        vars(resolver)[_APART] = make()
        vars(resolver).update({name: make() for name in _LOOKED_UP})


@cache
def _careful(kind: Any) -> Any:
    """The class with what it caches by itself cached apart."""
    cached = {name: inspect.getattr_static(kind, name) for name in _MADE}
    return type(
        kind.__name__,
        (kind,),
        {"__module__": kind.__module__}
        | {
            name: _made_apart(name, made.func)
            for name, made in cached.items()
            if isinstance(made, cached_property | django_cached_property)
        },
    )


def _made_apart(name: str, function: Callable[[Any], Any]) -> property:
    def made(self: Any) -> Any:
        kept = vars(self)[_APART]
        if name not in kept:
            try:
                kept[name] = function(self)
            except TenantRequired:  # none is active: it has no addresses here
                return []
        return kept[name]

    return property(made)


def _know_namespaces_apart(make: Callable[[], Kept]) -> None:
    shared = resolvers.get_ns_resolver
    if is_ours(shared):
        return
    kept = make()

    @wraps(shared.__wrapped__)
    def get_ns_resolver(ns_pattern: str, resolver: URLResolver, converters: Any) -> Any:
        if _APART not in vars(resolver):
            return shared(ns_pattern, resolver, converters)
        key = (ns_pattern, resolver, converters)
        if key not in kept:
            kept[key] = shared.__wrapped__(*key)
        return kept[key]

    def cache_clear() -> None:
        shared.cache_clear()
        kept.clear()

    changed: Any = get_ns_resolver
    changed.cache_clear = cache_clear
    _put("get_ns_resolver", ours(changed))


def _expects() -> None:
    kind: Any = URLResolver
    for module in (resolvers, base):
        has(module, "_get_cached_resolver", "get_ns_resolver")
    has(resolvers._get_cached_resolver, "__wrapped__", "cache_clear")
    has(resolvers.get_ns_resolver, "__wrapped__", "cache_clear")
    uses(resolvers.get_resolver, "_get_cached_resolver")
    uses(base.reverse, "get_ns_resolver")
    uses(base.clear_url_caches, "_get_cached_resolver", "get_ns_resolver")
    uses(kind._populate, *_LOOKED_UP, "url_patterns")
    for name in ("reverse_dict", "namespace_dict", "app_dict"):
        uses(getattr(kind, name).fget, f"_{name}", "_populate")
    uses(kind._reverse_with_prefix, "reverse_dict")
    for name in _MADE:
        has(getattr(kind, name), "func")


PATCH = Patch("url_resolvers", tried=("5.2", "6.1"), expects=_expects)
