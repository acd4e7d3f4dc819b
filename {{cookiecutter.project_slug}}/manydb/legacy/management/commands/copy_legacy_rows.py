"""``manage.py copy_legacy_rows``: the rows of a legacy table, in a managed model."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, models

from manydb.legacy.copying import copy_rows


class Command(BaseCommand):
    help = (
        "Copies the rows of a legacy table into the table of a managed model of another database, and compares "
        "every row of both. Repeat it for what has changed meanwhile. All is copied, or nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/legacy-writing.md. Example: python manage.py copy_legacy_rows shop.Order sales.Order"
        parser.add_argument("source", help="the model of the legacy table, such as shop.Order")
        parser.add_argument("target", help="the managed model, such as sales.Order")

    def handle(self, *args: Any, source: str, target: str, **options: Any) -> None:
        try:
            done = copy_rows(_model(source), _model(target))
        except (Error, ValueError) as error:
            raise CommandError(" ".join(str(error).split())) from error
        self.stdout.write(
            self.style.SUCCESS(
                f"{source} and {target} have the same {done.rows} rows: {done.new} are new, {done.changed} were changed."
            )
        )


def _model(label: str) -> type[models.Model]:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise CommandError(f"There is no model {label!r}: name it as app.Model.") from error
