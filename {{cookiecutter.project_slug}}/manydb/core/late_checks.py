"""Checks whose modules are imported when checks are run: a process that serves requests runs none, and starts without them."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from django.core import checks

_Check = TypeVar("_Check", bound=Callable[..., Any])
# A module, the tag of its checks, and whether they are for ``check --deploy`` alone.
_Kind = tuple[str, str | None, bool]
announced: set[_Kind] = set()
marked: dict[_Kind, list[Callable[..., Any]]] = {}  # of the modules that are imported


def register(tag: str | None = None, *, deploy: bool = False) -> Callable[[_Check], _Check]:
    """Marks a check, where Django would register it. Its app announces its module, with the same tag."""

    def mark(check: _Check) -> _Check:
        marked.setdefault((check.__module__, tag, deploy), []).append(check)
        return check

    return mark


@cache  # apps can be made ready twice, and each check is asked once
def announce(package: str, *modules: str, tag: str | None = None, deploy: bool = False) -> None:
    """Tells Django that these modules have checks with this tag."""
    kinds = [(f"{package}.{module}", tag, deploy) for module in modules]

    def run(**kwargs: Any) -> list[checks.CheckMessage]:
        for module, _tag, _deploy in kinds:
            import_module(module)
        return [found for kind in kinds for check in marked[kind] for found in check(**kwargs)]

    announced.update(kinds)
    checks.register(run, *filter(None, [tag]), deploy=deploy)
