"""What the commands of a tenant's life share: how they ask, what they tell, and how they fail."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from manydb.tenants.lifecycle.errors import ProvisioningError, sentence


class TenantCommand(BaseCommand):
    """A command whose ``run`` may raise ProvisioningError, which becomes one sentence and exit code 1."""

    requires_system_checks = ()  # some of them ask every database, and one may be what is broken

    def handle(self, *args: Any, **options: Any) -> None:
        # Progress is no error, whatever colour Django gives to this stream.
        self.stderr.style_func = None
        try:
            self.run(**options)
        except ProvisioningError as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise CommandError(f"A database failed: {sentence(error)}") from error
        except KeyboardInterrupt:
            stopped = "Stopped: list_tenants shows whether there is something to go on with."
            raise CommandError(stopped, returncode=130) from None

    def run(self, **options: Any) -> None:
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Progress, which is not part of what the command gives out."""
        self.stderr.write(f"{text} …")

    def confirm(self, name: str, warning: str, yes: bool) -> None:
        """Lets somebody type the name of what will be gone.

        Raises:
            CommandError: they typed something else, or there is no terminal and no ``--yes``.
        """
        if yes:
            return
        if not sys.stdin.isatty():
            raise CommandError(
                f"{warning} There is no terminal to ask on: say --yes if that is meant."
            )
        self.stdout.write(warning)
        if input(f"Type {name} to go on: ") != name:
            raise CommandError("Nothing was done.")


def seconds(text: str) -> float:
    """As a number, at most a day; argparse says this function's name of a text that is none."""
    if not 0 <= (number := float(text)) <= 86_400:
        raise ValueError
    return number


def add_yes(parser: CommandParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def add_server(parser: CommandParser) -> None:
    parser.add_argument(
        "--server",
        default="",
        metavar="KEY",
        help="a key of TENANT_SERVERS; without it, the server of default",
    )


def add_wait(parser: CommandParser) -> None:
    parser.add_argument(
        "--wait",
        type=seconds,
        metavar="SECONDS",
        help="until no process serves the tenant any more; TENANT_CACHE_SECONDS and one more if not given",
    )
