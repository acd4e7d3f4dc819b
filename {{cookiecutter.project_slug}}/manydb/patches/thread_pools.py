"""Work that code of others gives to a pool of threads, and what it has called at its end.

Python starts both without the context variables of who asked for them, unlike the tasks of an event loop, and code of
others can't be told to pass them on. A thread of its own, ``threading.Thread``, is left alone, but for those of tests: it may
go on for all tenants. Python 3.14 has ``thread_inherit_context`` for those, and nothing for pools.
No ticket known.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, thread
from functools import wraps
from threading import Thread
from typing import Any

from manydb.patches import Patch, has, is_ours, ours, takes, uses

Keeping = Callable[[Callable[..., Any]], Callable[..., Any]]


def keep(keeping: Keeping) -> None:
    """Has ``keeping(function)`` called instead of each function that is handed over, which it is asked for there and then."""
    submit: Callable[..., Any] = ThreadPoolExecutor.submit
    call_at_end = Future.add_done_callback
    if is_ours(submit):
        return

    @wraps(submit)
    def submitted(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return submit(self, keeping(fn), *args, **kwargs)

    @wraps(call_at_end)
    def called_at_end(self: Any, fn: Callable[[Any], object]) -> None:
        call_at_end(self, keeping(fn))

    ThreadPoolExecutor.submit = ours(submitted)  # type: ignore[method-assign]
    Future.add_done_callback = ours(called_at_end)  # type: ignore[method-assign]


def keep_in_threads(keeping: Keeping) -> None:
    """Has ``keeping(run)`` called instead of what each new thread runs, but for those of a pool, which keep no tenant."""
    start: Callable[..., Any] = Thread.start
    if is_ours(start):
        return

    @wraps(start)
    def started(self: Any) -> None:
        if self._target is not _of_pool:
            self.run = keeping(self.run)
        start(self)

    Thread.start = ours(started)  # type: ignore[method-assign]


_of_pool: Any = thread._worker


def _expects() -> None:
    takes(ThreadPoolExecutor.submit, "self", "fn", "*args", "**kwargs")
    takes(Future.add_done_callback, "self", "fn")
    takes(Thread.start, "self")
    has(Thread(), "_target", "run")
    uses(ThreadPoolExecutor._adjust_thread_count, "_worker")


PATCH = Patch("thread_pools", tried=("5.2", "6.1"), expects=_expects)
