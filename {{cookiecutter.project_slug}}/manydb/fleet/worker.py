"""A process that migrates one database after the other for the run that started it.

It is a new interpreter, neither forked nor spawned by ``multiprocessing``: it inherits no connection, and
does not import the script again that called the command.
"""

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import django

from manydb.core.placement import shared_alias

# The process begins with this module, and may import no model before Django is set up.
if TYPE_CHECKING:
    from manydb.core.members import Member
    from manydb.fleet.outcome import Outcome
    from manydb.fleet.targets import Target


class WorkerDied(Exception):
    """The worker process ended before its work was done. The message says how."""


class Worker:
    """A worker process, as the run sees it. Orders and answers are lines of JSON."""

    def __init__(self) -> None:
        self._process = process = subprocess.Popen(  # noqa: S603  nothing of it comes from outside
            [sys.executable, "-c", f"from {__name__} import work; work()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            text=True,
            process_group=0,  # Ctrl-C reaches all of a terminal's group
        )
        assert process.stdin and process.stdout  # noqa: S101  for the type checker
        self._orders, self._answers = process.stdin, process.stdout

    def migrate(self, member: "Member", wait: float, target: "Target | None") -> "Outcome":
        """Migrates a database in the worker process, and returns the result.

        Raises:
            WorkerDied: the process was killed, or could not start.
        """
        from manydb.fleet.outcome import Outcome

        try:
            print(json.dumps([member._asdict(), wait, target]), file=self._orders, flush=True)
            answer = self._answers.readline()
        except OSError:
            answer = ""
        if not answer:
            code = self._process.wait()
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            raise WorkerDied(f"The worker process {how}. Run the command again.")
        lacked, error, busy = json.loads(answer)
        return Outcome(member, [(app, name) for app, name in lacked], error, busy=busy)

    def close(self) -> None:
        """Ends the process, and waits for it."""
        self._process.communicate()


def work() -> None:
    """Runs in the worker process, until the run closes its end of the pipe or is killed."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the run stops handing out work
        signal.signal(number, signal.SIG_IGN)
    answers, sys.stdout = sys.stdout, sys.stderr  # what a migration prints is not an answer
    django.setup()
    from manydb.core.direct import past_the_pooler
    from manydb.core.members import Member
    from manydb.fleet.outcome import migrate_member
    from manydb.fleet.targets import Target

    with past_the_pooler(shared_alias()):  # whose session holds the tenant's lock
        try:
            for order in sys.stdin:
                member, wait, target = json.loads(order)
                towards = Target(*target) if target else None
                outcome = migrate_member(Member(**member), wait, towards)
                answer = json.dumps([outcome.lacked, outcome.error, outcome.busy])
                print(answer, file=answers, flush=True)
        except BrokenPipeError:  # the run was killed, and reads no answer
            os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
