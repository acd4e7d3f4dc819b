"""ATOMIC_REQUESTS begins a transaction where the request may write, and not on every tenant's database.

Django begins one on each alias of ``DATABASES`` whose ATOMIC_REQUESTS is true, around the view. A middleware may look
at a view (``process_view``) but can't wrap it, and Django knows no request that uses one of many databases. No ticket known.
"""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers.base import BaseHandler
from django.db import transaction

from manydb.patches import Patch, expect, has, takes, uses

# Django's, maybe with an instrument around it: Sentry's stands there before apps are ready.
_before: Callable[[BaseHandler, Any], Any] = BaseHandler.make_view_atomic
_djangos = inspect.unwrap(_before)


class _All:
    """The aliases on which Django itself is to begin no transaction."""

    def __contains__(self, alias: object) -> bool:
        return True


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
        return view if _before is _djangos else _before(self, _left_alone(view))

    BaseHandler.make_view_atomic = make_view_atomic  # type: ignore[method-assign]


def _left_alone(view: Any) -> Any:
    """The view, which Django does not make atomic."""

    @wraps(view)
    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        return await view(*args, **kwargs)

    @wraps(view)
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    found: Any = asynchronous if iscoroutinefunction(view) else synchronous
    found._non_atomic_requests = _All()
    return found


def _expects() -> None:
    takes(_djangos, "self", "view")
    lacks = {"_non_atomic_requests", "ATOMIC_REQUESTS"} - {*_djangos.__code__.co_consts}
    expect(
        not lacks, f"make_view_atomic() goes by ATOMIC_REQUESTS and non_atomic_requests: {lacks}"
    )
    for name in ("_get_response", "_get_response_async"):
        has(BaseHandler, name)
        uses(getattr(BaseHandler, name), "make_view_atomic")


PATCH = Patch("atomic_requests", tried=("5.2", "6.1"), expects=_expects)
