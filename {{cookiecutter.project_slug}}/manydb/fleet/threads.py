"""Work on several databases at the same time, in threads: most of it is waiting for a server."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from queue import SimpleQueue
from typing import TypeVar

from django.db import connections

from manydb.core.placement import shared_alias
from manydb.fleet.stop_signals import Stopping

T = TypeVar("T")
R = TypeVar("R")


def in_threads(
    work: Callable[[T], R], items: Iterable[T], threads: int, stop: Stopping
) -> Iterator[R]:
    """Maps ``work`` over the items with threads, and yields results as they are done. Reads a few items ahead."""
    items = takewhile(lambda _: not stop.asked, items)
    if threads == 1:
        yield from map(work, items)
        return
    done: SimpleQueue[Future[R]] = SimpleQueue()
    running: set[Future[R]] = set()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            future = pool.submit(_in_thread, work, item)
            running.add(future)
            future.add_done_callback(done.put)
            while len(running) > 2 * threads or not done.empty():
                running.remove(future := done.get())
                yield future.result()
        while running:
            if stop.asked:
                running = {future for future in running if not future.cancel()}
            running.discard(future := done.get())
            if not future.cancelled():
                yield future.result()
    finally:  # the caller may have failed: no more work is started
        pool.shutdown(cancel_futures=True)


def _in_thread(work: Callable[[T], R], item: T) -> R:
    try:
        return work(item)
    finally:
        connections[shared_alias()].close()  # where a tenant had to be looked up
