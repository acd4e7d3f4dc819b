"""ATOMIC_REQUESTS begins a transaction where the request may write, and not on every tenant's database.

Django begins one on each alias of ``DATABASES`` whose ATOMIC_REQUESTS is true, around the view. A middleware may look
at a view (``process_view``) but can't wrap it, and Django knows no request that uses one of many databases. No ticket known.
"""

from collections.abc import Callable, Iterable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers.base import BaseHandler
from django.db import transaction

from manydb.patches import Patch, expect, has, takes

_djangos = BaseHandler.make_view_atomic


def install(aliases: Callable[[], Iterable[str]], real_alias: Callable[[str], str]) -> None:
    """Has the view of each request begin transactions on these aliases, asked for when the view is called.

    ``real_alias`` says which one ``non_atomic_requests`` of a view means.
    """
    PATCH.verify()

    def make_view_atomic(self: BaseHandler, view: Any) -> Any:
        non_atomic = {real_alias(alias) for alias in getattr(view, "_non_atomic_requests", ())}
        for alias in aliases():
            if alias not in non_atomic:
                if iscoroutinefunction(view):
                    raise RuntimeError("You cannot use ATOMIC_REQUESTS with async views.")
                view = transaction.atomic(using=alias)(view)
        return view

    BaseHandler.make_view_atomic = make_view_atomic  # type: ignore[method-assign]


def _expects() -> None:
    takes(_djangos, "self", "view")
    uses = {"_non_atomic_requests", "ATOMIC_REQUESTS"} - {*_djangos.__code__.co_consts}
    expect(not uses, f"make_view_atomic() goes by ATOMIC_REQUESTS and non_atomic_requests: {uses}")
    for name in ("_get_response", "_get_response_async"):
        has(BaseHandler, name)
        names = getattr(BaseHandler, name).__code__.co_names
        expect("make_view_atomic" in names, f"BaseHandler.{name} calls make_view_atomic()")


PATCH = Patch("atomic_requests", tried=("5.2", "6.1"), expects=_expects)
