"""``manage.py inspect_legacy``: models out of a legacy database, ready to use."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connections
from django.utils.connection import ConnectionDoesNotExist

from manydb.core.direct import past_the_pooler
from manydb.core.project import package_dir
from manydb.legacy.console import progress, warn
from manydb.legacy.writing import write

OURS = "written by ``manage.py inspect_legacy``"


class Command(BaseCommand):
    help = (
        "Writes a models module for all tables and views of a database, after importing it, checking it "
        "and reading rows through each model. What can't be modelled is named with the reason. "
        "The database is only read."
    )
    requires_system_checks = ()  # the models that are about to be replaced may be what is wrong

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("alias", help="a key of DATABASES")
        target = parser.add_mutually_exclusive_group()
        target.add_argument(
            "--app", help="write models.py of this app, whose folder is made if need be"
        )
        target.add_argument(
            "--output", type=Path, help="write this file instead of standard output"
        )

        parser.add_argument(
            "--thorough",
            action="store_true",
            help="read large tables to the end, and wait for slow views, before choosing fields",
        )

    def handle(self, *args: Any, alias: str, thorough: bool, **options: Any) -> None:
        output = self._output(options)
        try:
            with past_the_pooler(alias) as connection:
                written = write(connection, progress(self.stderr), thorough=thorough)
        except ConnectionDoesNotExist as error:
            known = ", ".join(connections)
            raise CommandError(f"There is no database {alias!r}: use one of {known}.") from error
        except (Error, ValueError) as error:
            raise CommandError(str(error)) from error
        if output:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(written.source, encoding="utf-8", newline="\n")
        else:
            self.stdout.write(written.source, ending="")
        warn(self.stderr, self.style, written.remarks)
        self.stderr.write(
            f"{written.models} models of {alias}" + (f" in {output}" if output else "")
        )

    def _output(self, options: dict[str, Any]) -> Path | None:
        output: Path | None = options["output"]
        if app := options["app"]:
            if not app.isidentifier():
                raise CommandError(
                    f"{app!r} can't name an app: use letters, digits and underscores."
                )
            output = package_dir() / app / "models.py"
            output.parent.mkdir(exist_ok=True)
            (output.parent / "__init__.py").touch()
        if output and output.exists() and OURS not in output.read_text(encoding="utf-8")[:300]:
            raise CommandError(f"{output} was not written by this command: move it away first.")
        return output
