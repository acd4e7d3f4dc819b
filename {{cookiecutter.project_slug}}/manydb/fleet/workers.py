"""Migrates several databases at the same time.

Asking a database for its migrations is waiting, which threads do well. Migrating needs the processor, so each
thread has a worker process, which has one tenant's connection open at a time. If a worker dies, its database has
failed, and the next one gets a new worker. If the run is killed, its workers finish their database and end.
"""

from threading import local

from manydb.core.members import Member
from manydb.fleet.outcome import Outcome
from manydb.fleet.targets import Target
from manydb.fleet.worker import Worker, WorkerDied


class Workers:
    """One worker process for each thread that needs one, until ``close``."""

    def __init__(self) -> None:
        self._own = local()
        self._all: list[Worker] = []

    def migrate(self, member: Member, seconds: float, target: Target | None = None) -> Outcome:
        """Migrates in this thread's worker process. If the process dies, the database counts as failed."""
        try:
            if not hasattr(self._own, "worker"):
                self._own.worker = Worker()
                self._all.append(self._own.worker)
            worker: Worker = self._own.worker
            return worker.migrate(member, seconds, target)
        except (WorkerDied, OSError) as error:
            vars(self._own).clear()  # the next one gets a new process
            return Outcome(member, error=str(error))

    def close(self) -> None:
        for worker in self._all:
            worker.close()
