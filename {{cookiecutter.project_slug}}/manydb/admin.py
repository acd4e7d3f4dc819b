"""The bases of admin classes: for models of several databases, and for the tables of legacy databases."""

from typing import TYPE_CHECKING

from manydb.core.admin import DatabaseAdmin
from manydb.core.later import later

if TYPE_CHECKING:
    from manydb.legacy.admin import LegacyAdmin, register_app

__all__ = ["DatabaseAdmin", "LegacyAdmin", "register_app"]


__getattr__ = later(
    __name__, {"LegacyAdmin": "manydb.legacy.admin", "register_app": "manydb.legacy.admin"}
)
