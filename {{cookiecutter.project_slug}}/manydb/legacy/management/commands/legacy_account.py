"""``manage.py legacy_account``: the SQL of an account that can do what the models of a database need."""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connections
from django.utils.connection import ConnectionDoesNotExist

from manydb.core.routing import facts
from manydb.legacy.account import statements
from manydb.legacy.project_tables import legacy_models


class Command(BaseCommand):
    help = (
        "Prints the SQL that makes an account with the least rights: to read the tables that have models and, if "
        "the database is writable here or with --writing, to change their rows. It changes nothing."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/legacy-writing.md. Example: python manage.py legacy_account shop --user shop_reader"
        parser.add_argument("alias", help="a key of DATABASES with unmanaged models")
        parser.add_argument("--user", help="the account's name; <alias>_reader or <alias>_writer")
        parser.add_argument(
            "--writing", action="store_true", help="also of a database that is read-only here"
        )

    def handle(self, *args: Any, alias: str, **options: Any) -> None:
        models = sorted(legacy_models(alias), key=lambda model: model._meta.db_table)
        if not models:
            raise CommandError(f"{alias} has no unmanaged models: name another database.")
        writing = options["writing"] or not facts(alias).get("READ_ONLY")
        user = options["user"] or f"{alias}_{'writer' if writing else 'reader'}"
        if not re.fullmatch(r"\w{1,63}", user, re.ASCII):
            raise CommandError(f"--user {user!r}: use letters, digits and underscores.")
        try:
            found = statements(connections[alias], models, user, writing=writing)
        except ConnectionDoesNotExist as error:
            raise CommandError(
                f"There is no database {alias!r}. Use one of {', '.join(connections)}."
            ) from error
        except (Error, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"-- Replace PASSWORD. Run it as an administrator of {alias}; run its GRANTs again after a refresh."
        )
        for statement in found:
            self.stdout.write(f"{statement};")
