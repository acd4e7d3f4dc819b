"""``manage.py inspect_legacy``: models out of a legacy database, ready to use."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connections
from django.utils.connection import ConnectionDoesNotExist

from manydb.core.direct import past_the_pooler
from manydb.core.routing import facts
from manydb.legacy.adoption.app_modules import AppModules
from manydb.legacy.adoption.asking import ask, show
from manydb.legacy.adoption.files import written
from manydb.legacy.adoption.options import add_naming, add_refreshing, naming
from manydb.legacy.adoption.project_check import check_project
from manydb.legacy.console import progress, warn
from manydb.legacy.kept import Kept, kept_in
from manydb.legacy.writing import Written, write

OURS = "written by ``manage.py inspect_legacy``"


class Command(BaseCommand):
    help = (
        "Writes a models module for all tables and views of a database, after importing it, checking it "
        "and reading rows through each model. What can't be modelled is named with the reason. "
        "The database is only read."
    )
    requires_system_checks = ()  # the models that are about to be replaced may be what is wrong

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/legacy-databases.md. Example: python manage.py inspect_legacy chinook"
        parser.add_argument("alias", help="a key of DATABASES")
        target = parser.add_mutually_exclusive_group()
        target.add_argument(
            "--app",
            help="write the modules of this app, whose folder is made if need be: generated.py again, and in "
            "models.py a class for each new table",
        )
        target.add_argument(
            "--output", type=Path, help="write this file instead of standard output"
        )
        add_refreshing(parser)
        add_naming(parser)
        parser.add_argument(
            "--thorough",
            action="store_true",
            help="read large tables to the end, and wait for slow views, before choosing fields",
        )

    def handle(self, *args: Any, alias: str, **options: Any) -> None:
        if not options["app"]:
            self._alone(alias, options)
            return
        if not options["app"].isidentifier():
            raise CommandError(
                f"{options['app']!r} can't name an app: use letters, digits and underscores."
            )
        modules = AppModules(alias, options["app"])
        modules.refuse_foreign()
        try:
            kept = kept_in(modules.config) if modules.config else Kept()
        except ValueError as error:
            raise CommandError(str(error)) from error
        former = modules.generated.read_text("utf-8") if modules.generated.exists() else ""
        found = self._written(alias, options, kept, former)
        files = modules.files(found)
        again = f"python manage.py inspect_legacy {alias} --app {options['app']}"
        if modules.config and facts(alias).get("ADOPTED"):
            again = f"python manage.py adopt_legacy {alias} --refresh"
        self._replace(files, options, again, project=modules.config is not None)
        self._say(found, alias, f"{found.models} models of {alias} in {modules.folder}")

    def _alone(self, alias: str, options: dict[str, Any]) -> None:
        output: Path | None = options["output"]
        if output and output.exists() and OURS not in output.read_text(encoding="utf-8")[:300]:
            raise CommandError(f"{output} was not written by this command: move it away first.")
        found = self._written(alias, options, naming(options), None)
        if output is None:
            self.stdout.write(found.source, ending="")
            self._say(found, alias, f"{found.models} models of {alias}")
            return
        text = output.read_text(encoding="utf-8") if output.exists() else None
        again = f"python manage.py inspect_legacy {alias} --output {output}"
        self._replace({output: found.source} if text != found.source else {}, options, again)
        self._say(found, alias, f"{found.models} models of {alias} in {output}")

    def _written(
        self, alias: str, options: dict[str, Any], kept: Kept, former: str | None
    ) -> Written:
        kept = kept if kept.models else naming(options)
        try:
            with past_the_pooler(alias) as connection:
                return write(
                    connection,
                    progress(self.stderr),
                    thorough=options["thorough"],
                    kept=kept,
                    former_source=former,
                )
        except ConnectionDoesNotExist as error:
            known = ", ".join(connections)
            raise CommandError(f"There is no database {alias!r}: use one of {known}.") from error
        except (Error, ValueError) as error:
            raise CommandError(str(error)) from error

    def _replace(
        self, files: dict[Path, str], options: dict[str, Any], again: str, *, project: bool = False
    ) -> None:
        """Writes the files, all or none. What replaces a text is shown, and asked for, before."""
        if replaced := any(path.exists() and path.stat().st_size for path in files):
            show(self.stdout, files)
        if options["check"]:
            if files:
                raise CommandError(f"The models are not those of the tables: run {again}")
            return
        if replaced and not options["yes"]:
            ask()
        try:
            with written(files):
                if project and files:
                    check_project()
        except OSError as error:
            raise CommandError(f"Nothing was changed: {error}.") from error
        if not files:
            self.stdout.write("The models are those of the tables: nothing was changed.")

    def _say(self, found: Written, alias: str, summary: str) -> None:
        warn(self.stderr, self.style, found.remarks)
        self.stderr.write(summary)
