"""The body of a module runs without a tenant, also where a tenant's request is the first that imports it.

It runs once in a process, and what it makes is there for all: the queryset of a view, the choices of a form. Code
imports late: in a function, or by a name of a setting; and in tests a tenant is active from the beginning. A queryset of
that body would be this tenant's, and the next tenant's requests would be refused.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader, SourcelessFileLoader
from types import ModuleType
from typing import Any

from manydb.core.ownership import current
from manydb.tenants import cached_functions
from manydb.tenants.context import no_tenant

# Python's loaders of a file, and those of packages that derive from them. (Those of importlib.abc cost a start more.)
_OF_FILES = SourceFileLoader, SourcelessFileLoader


class WithoutTenant:
    """Finds what the finders behind it find. It is asked for modules that are not loaded yet."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if current.get() is None:
            return None
        place = sys.meta_path.index(self)
        found = (
            finder.find_spec(name, path, target)
            for finder in sys.meta_path[place + 1 :]
            if hasattr(finder, "find_spec")
        )
        spec = next(filter(None, found), None)
        if spec is not None and isinstance(spec.loader, _OF_FILES):
            loader: Any = spec.loader  # one for each module
            loader.exec_module = _without_tenant(loader.exec_module)
        return spec


def _without_tenant(run: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    def exec_module(module: ModuleType) -> None:
        with no_tenant():
            run(module)
        cached_functions.separate(module)

    return exec_module


def install() -> None:
    """Goes before Django's and the project's modules are found, and behind what pytest and its like have put first."""
    if not any(isinstance(finder, WithoutTenant) for finder in sys.meta_path):
        finders: list[Any] = sys.meta_path
        place = finders.index(PathFinder) if PathFinder in finders else len(finders)
        finders.insert(place, WithoutTenant())
