"""Functions that read rows and that ``functools.lru_cache`` or ``cache`` calls once for all: once for each tenant here.

A package can't know that its rows are those of several databases. So where an installed app has such a function, the
name of it leads to a function that keeps the values of each tenant apart.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from django.apps import apps

from manydb.core.project import package
from manydb.tenants.process_values import OfEachTenant

_Cached = type(functools.cache(lambda: None))  # what both give
# Who reads rows says one of these, itself or in a function that it calls.
_READING = frozenset(
    [
        "objects",
        "_default_manager",
        "_base_manager",
        "cursor",
        "get_current",
        "get_current_site",
        "get_for_model",
        "get_for_models",
        "get_solo",
    ]
)
_DEPTH = 3
_NOT_THEIRS = ("django", "manydb")


def separate(only: ModuleType | None = None) -> None:
    """Separates what the loaded modules of apps keep, or one of them that was loaded since."""
    modules = list(_modules({only.__name__: only} if only else dict(sys.modules)))
    found = {id(cached): cached for module in modules for _, _, cached in _held(module)}
    apart = {key: of_each_tenant(cached) for key, cached in found.items() if reads_rows(cached)}
    for module in modules if apart else ():
        for holder, name, cached in list(_held(module)):
            if id(cached) in apart:
                as_it_was = inspect.getattr_static(holder, name)
                changed: Any = apart[id(cached)]
                kind = type(as_it_was)
                is_wrapped = kind in (staticmethod, classmethod)
                setattr(holder, name, kind(changed) if is_wrapped else changed)


def of_each_tenant(cached: Any) -> Callable[..., Any]:
    """Gives the cached function a cache for each tenant, and one for work without a tenant."""
    function, options = cached.__wrapped__, cached.cache_parameters()
    kept = OfEachTenant()

    def own() -> Any:
        return kept.get("") or kept.setdefault("", functools.lru_cache(**options)(function))

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return own()(*args, **kwargs)

    changed: Any = call
    changed.cache_clear = kept.clear
    changed.cache_info = lambda: own().cache_info()
    changed.cache_parameters = cached.cache_parameters
    return call


def reads_rows(function: Any, depth: int = _DEPTH) -> bool:
    """Whether a function, or one that it calls by its name, asks for rows."""
    function = inspect.unwrap(function)
    if not isinstance(function, FunctionType):
        return False
    names = set(_names(function.__code__))
    if names & _READING:
        return True
    called = [function.__globals__.get(name) for name in names] if depth else []
    return any(
        reads_rows(each, depth - 1)
        for each in called
        if isinstance(each, FunctionType | _Cached) and _is_theirs(each.__module__)
    )


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _modules(loaded: dict[str, ModuleType]) -> Iterator[ModuleType]:
    """What is of the installed apps and of the project."""
    roots = _roots()
    for name, module in loaded.items():
        root = name.partition(".")[0]
        is_of_an_app = roots is None or root in roots
        if is_of_an_app and _is_theirs(root) and isinstance(module, ModuleType):
            yield module


def _roots() -> set[str] | None:
    """None while Django loads apps again, as for a test that overrides INSTALLED_APPS: it can't say yet which."""
    if not apps.apps_ready:
        return None
    return {config.name.partition(".")[0] for config in apps.get_app_configs()} | {package()}


def _is_theirs(module: str | None) -> bool:
    return (module or "").partition(".")[0] not in _NOT_THEIRS


def _held(module: ModuleType) -> Iterator[tuple[Any, str, Any]]:
    """The cached functions that a module and its classes hold: where, by which name, and which."""
    for name, value in list(vars(module).items()):
        if isinstance(value, _Cached):
            yield module, name, value
        elif isinstance(value, type) and value.__module__ == module.__name__:
            for attribute, part in list(vars(value).items()):
                function = part.__func__ if isinstance(part, staticmethod | classmethod) else part
                if isinstance(function, _Cached):
                    yield value, attribute, function
