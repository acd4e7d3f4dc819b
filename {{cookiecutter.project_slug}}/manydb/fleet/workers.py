"""Several databases at the same time.

Looking at a database is waiting for it, which threads do well. Migrating it is work for the processor,
so each thread hands that to a process of its own, which has one tenant's connection open at a time.
When such a process dies, one database has failed, and the next gets a new one. When the run is killed,
its processes finish the database that they are at, and end.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from queue import SimpleQueue
from threading import local
from typing import TypeVar

from django.db import connections

from manydb.core.members import Member
from manydb.fleet.outcome import Outcome
from manydb.fleet.stop_signals import Stopping
from manydb.fleet.worker import Worker, WorkerDied

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
    finally:  # whoever reads this may have failed: then nothing more is begun
        pool.shutdown(cancel_futures=True)


def _in_thread(work: Callable[[T], R], item: T) -> R:
    try:
        return work(item)
    finally:
        connections["default"].close()  # where a tenant had to be looked up


class Workers:
    """A process for each thread that asks for one, until ``close``."""

    def __init__(self) -> None:
        self._own = local()
        self._all: list[Worker] = []

    def migrate(self, member: Member, seconds: float) -> Outcome:
        """Migrates in this thread's worker process. If the process dies, the database counts as failed."""
        try:
            if not hasattr(self._own, "worker"):
                self._own.worker = Worker()
                self._all.append(self._own.worker)
            worker: Worker = self._own.worker
            return worker.migrate(member, seconds)
        except (WorkerDied, OSError) as error:
            vars(self._own).clear()  # the next one gets a new process
            return Outcome(member, error=str(error))

    def close(self) -> None:
        for worker in self._all:
            worker.close()
