"""The bases of admin classes: for models of several databases, and for the tables of legacy databases."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from manydb.core.admin import DatabaseAdmin

if TYPE_CHECKING:
    from manydb.legacy.admin import LegacyAdmin, register_app

__all__ = ["DatabaseAdmin", "LegacyAdmin", "register_app"]


def __getattr__(name: str) -> Any:
    if name not in ("LegacyAdmin", "register_app"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("manydb.legacy.admin"), name)
