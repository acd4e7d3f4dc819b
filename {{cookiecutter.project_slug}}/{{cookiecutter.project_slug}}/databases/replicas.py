"""When a read may go to a replica, and when only the primary has what must be seen."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from .guards import add_guard
from .routing import facts
from .scopes import Scope
from .statements import only_reads
from .streams import in_every_chunk

# The primaries this request has written to. One mutable set per request: threads that async views
# borrow get a copy of the context, but the same set. None outside of requests.
_written: ContextVar[set[str] | None] = ContextVar("written", default=None)
_primary_only: ContextVar[bool] = ContextVar("primary_only", default=False)


def replica_or_primary(primary: str, model: type[Model]) -> str:
    """The alias to read from: the primary's replica, unless the primary must be asked."""
    if not getattr(model, "_PREFER_READ_REPLICA", True) or must_read_primary(primary):
        return primary
    replicas = facts(primary).get("REPLICAS")
    return replicas[0] if replicas else primary


def must_read_primary(primary: str) -> bool:
    """Whether reads must see writes that a replica may not have yet."""
    if _primary_only.get() or primary in (_written.get() or ()):
        return True
    # The transaction that TestCase wraps around every test is not one that the code under test opened.
    blocks = connections[primary].atomic_blocks
    return bool(blocks) and not blocks[-1]._from_testcase  # type: ignore[attr-defined]


class use_primary(Scope):  # in lower case: it is used like a function
    """Reads from primaries only. A context manager and a decorator; nests, and restores on exceptions."""

    def __init__(self) -> None:
        super().__init__(_primary_only, True)


def note_write(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper for primaries: what was really executed counts, not the HTTP method."""
    written = _written.get()
    if written is not None and not only_reads(sql):
        written.add(context["connection"].alias)
    return execute(sql, params, many, context)


@receiver(connection_created)
def watch_primary(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("REPLICAS"):
        add_guard(connection, note_write)


@sync_and_async_middleware
def primary_after_write(
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Middleware: after a write, the rest of the request reads that database's primary."""

    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            noting = partial(Scope, _written, set())
            with noting():
                response = await get_response(request)
            return in_every_chunk(response, noting)

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        noting = partial(Scope, _written, set())
        with noting():
            response: Any = get_response(request)
        return in_every_chunk(response, noting)

    return synchronous
