"""Names that a module hands on and imports only when they are asked for (PEP 562)."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def later(module: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Returns the ``__getattr__`` of ``module``: it imports each name of ``places`` from the module given there."""

    def __getattr__(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return getattr(import_module(places[name]), name)

    return __getattr__
