"""The base of the lifecycle commands: questions, progress and errors."""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from manydb.core.command_log import logged
from manydb.tenants.lifecycle.backups.runs import Outcome
from manydb.tenants.lifecycle.errors import ProvisioningError, is_interrupted, sentence


@dataclass
class Counts:
    """How many tenants a run over the fleet has worked on, and the names of those that failed."""

    total: int = 0
    failed: list[str] = field(default_factory=list)
    by_result: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        numbers = [f"{number} {result}" for result, number in self.by_result.items()]
        return f"In all: {', '.join(numbers) or 'none'}."

    @property
    def failures(self) -> str:
        """The sentence about those that failed."""
        return (
            f"{len(self.failed)} of {self.total} tenants failed: {', '.join(sorted(self.failed))}."
        )


class TenantCommand(BaseCommand):
    """A command whose ``run`` may raise ProvisioningError, which is printed without a traceback (exit code 1).

    Each run has a line in the log; with ``changes = False`` only one that is refused.
    """

    requires_system_checks = ()  # some of them ask every database, and one may be what is broken
    changes = True

    def handle(self, *args: Any, **options: Any) -> None:
        # Progress is no error, whatever colour Django gives to this stream.
        self.stderr.style_func = None
        with logged(self._name, self._tenant(options), changes=self.changes):
            self._run(options)

    @property
    def _name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def _tenant(self, options: dict[str, Any]) -> str:
        """The tenants that a command names; "" for all."""
        return str(options.get("name") or " ".join(options.get("names") or ()))

    def _run(self, options: dict[str, Any]) -> None:
        try:
            self.run(**options)
        except (ProvisioningError, Error, KeyboardInterrupt) as error:
            if is_interrupted(error):
                stopped = "Stopped. list_tenants shows whether the command can be continued."
                raise CommandError(stopped, returncode=130) from None
            text = str(error)
            if not isinstance(error, ProvisioningError):
                text = f"A database failed: {sentence(error)}"
            raise CommandError(text) from error

    def run(self, **options: Any) -> None:
        raise NotImplementedError

    def report(self, text: str) -> None:
        """Writes progress to the error stream, so that the output holds results only."""
        self.stderr.write(f"{text} …")

    def report_each(self, outcomes: Iterable[Outcome]) -> Counts:
        """Writes a line for each tenant, and returns how many there were."""
        counts = Counts()
        for each in outcomes:
            counts.total += 1
            if each.error:
                counts.failed.append(each.name)
                self.stderr.write(f"{each.name}: {each.error}")
            else:
                self.stdout.write(f"{each.name}: {each.done or f'left, {each.left}'}")
            result = "failed" if each.error else "done" if each.done else "left"
            counts.by_result[result] += 1
        return counts

    def confirm(self, name: str, warning: str, yes: bool) -> None:
        """Asks for the name of what will be lost.

        Raises:
            CommandError: the answer was something else, or there is neither a terminal nor ``--yes``.
        """
        if yes:
            return
        if not sys.stdin.isatty():
            raise CommandError(f"{warning} There is no terminal to ask on. Add --yes to confirm.")
        self.stdout.write(warning)
        if input(f"Type {name} to continue: ") != name:
            raise CommandError("Nothing was changed: that was another name.")


def seconds(text: str) -> float:
    """Parses a number of seconds, at most 86,400. argparse puts the name of this function into its error."""
    if not 0 <= (number := float(text)) <= 86_400:
        raise ValueError
    return number


def positive(text: str) -> int:
    """Parses a whole number from 1."""
    if (number := int(text)) < 1:
        raise ValueError
    return number


def add_jobs(parser: CommandParser) -> None:
    parser.add_argument(
        "--jobs",
        type=positive,
        default=1,
        metavar="N",
        help="with --all: tenants at the same time (default: 1)",
    )


def add_yes(parser: CommandParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def add_server(parser: CommandParser) -> None:
    parser.add_argument(
        "--server",
        default="",
        metavar="KEY",
        help="a key of TENANT_SERVERS (default: the server of default)",
    )


def add_no_proof(parser: CommandParser) -> None:
    parser.add_argument(
        "--no-proof",
        action="store_false",
        dest="proof",
        help="do not restore the dump into a scratch database, which takes as long again",
    )


def add_wait(parser: CommandParser) -> None:
    parser.add_argument(
        "--wait",
        type=seconds,
        metavar="SECONDS",
        help="until no process serves the tenant any more (default: TENANT_CACHE_SECONDS + 1)",
    )
