"""Which database this code is migrating, so that a tenants' model without ``using`` means the one in that database.

``replicas`` and ``tenants`` register what has to hold meanwhile: reads go to the primary, and the tenant is active.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from django.db.migrations import Migration


class _Migrating(NamedTuple):
    alias: str
    migration: "Migration | None"  # None before the first one and after the last


_now: ContextVar[_Migrating | None] = ContextVar("migrating", default=None)
_around: dict[str, Callable[[str], AbstractContextManager[None]]] = {}


def register(name: str, around: Callable[[str], AbstractContextManager[None]]) -> None:
    """Has a block entered, with the alias, around all that migrates a database. Each app registers one."""
    _around[name] = around


@contextmanager
def migrating(alias: str, migration: "Migration | None" = None) -> Iterator[None]:
    """Inside, this code migrates this database."""
    before = _now.get()
    with ExitStack() as stack:
        if before is None or before.alias != alias:
            for around in _around.values():
                stack.enter_context(around(alias))
        _now.set(_Migrating(alias, migration))
        try:
            yield
        finally:
            _now.set(before)


def migrated_alias() -> str | None:
    """The alias of the database that this code migrates, or None."""
    now = _now.get()
    return now.alias if now else None


def hint(name: str, value: object) -> str:
    """A hint for an operation, as it is written in a migration."""
    return "hints={" + f'"{name}": "{value}"' + "}"


def advice(label: str = "") -> str:
    """What to do where a migration of a shared database meets a tenants' model; "" outside of migrations."""
    now = _now.get()
    if now is None:
        return ""
    if now.migration is None:
        return (
            f"a receiver of pre_migrate or post_migrate met it while {now.alias} was migrated: let it return "
            "unless its argument using is a tenant's database."
        )
    model = label or "<app>.<Model of tenants>"
    return (
        f"{now.migration} runs on {now.alias} here: give the operation "
        f"{hint('model', model)}, and it runs in each tenant's database instead."
    )
