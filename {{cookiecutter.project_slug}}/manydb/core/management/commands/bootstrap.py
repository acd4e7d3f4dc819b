"""``manage.py bootstrap``: from nothing to a project that runs, for development."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from manydb.core.missing_databases import bootstrap_steps, create_missing_databases


class Command(BaseCommand):
    help = "Creates the databases of development, fills them and migrates them. Safe to repeat: nothing is replaced."
    requires_system_checks = ()  # some of them ask the databases, which are not there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = (
            "Manual: manydb/docs/development-server.md. Example: python manage.py bootstrap"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "bootstrap is for development, and these settings have DEBUG = False: "
                "run python manage.py deploy_databases instead."
            )
        try:
            steps = [("Created database", create_missing_databases), *bootstrap_steps]
            for title, step in steps:
                for result in step():
                    self.stdout.write(f"{title} {result}")
        except Error as error:
            raise CommandError(f"bootstrap stopped: {' '.join(str(error).split())}") from error
        call_command("migrate_databases", stdout=self.stdout, stderr=self.stderr)
