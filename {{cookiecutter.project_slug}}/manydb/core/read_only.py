"""Commands of Django that write, and where they may not: one sentence before they begin."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from manydb.core.guards import no_writes
from manydb.core.routing import facts


class RefusesReadOnly(BaseCommand):
    """Before a command that has the option ``--database``."""

    def refusal(self, alias: str) -> str:
        """Why the command may not work on this database; empty where it may."""
        return no_writes(alias, facts(alias))

    def handle(self, *args: Any, **options: Any) -> Any:
        """Runs the command.

        Raises:
            CommandError: the database is a replica or read-only.
        """
        if refusal := self.refusal(options["database"]):
            raise CommandError(refusal)
        return super().handle(*args, **options)
