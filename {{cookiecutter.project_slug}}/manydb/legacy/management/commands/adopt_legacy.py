"""``manage.py adopt_legacy``: a legacy database as a part of this project, in one command."""

from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connections

from manydb.core.adopted import parameters
from manydb.core.aliases import Database
from manydb.core.project import base_dir
from manydb.core.routing import facts
from manydb.legacy.adoption import arguments, file_changes, location
from manydb.legacy.adoption.app_modules import label_for
from manydb.legacy.adoption.files import written
from manydb.legacy.adoption.options import add_naming, add_refreshing, naming
from manydb.legacy.adoption.project_check import check_project
from manydb.legacy.console import progress, warn
from manydb.legacy.kept import Kept
from manydb.legacy.writing import Written, write


class Command(BaseCommand):
    help = (
        "Adopts a database that other software has made: adds it to the list of databases, writes an app "
        "with its models, an admin that only reads and tests, and keeps its login in .env. The database "
        "itself is only read. Everything is written, or nothing."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/legacy-databases.md. Example: python manage.py adopt_legacy chinook --database /srv/chinook.sqlite3"
        parser.add_argument("alias", help="its name in this project, such as chinook")
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--database", metavar="FILE", type=Path, help="the file, if it is SQLite"
        )
        where.add_argument(
            "--engine", choices=list(location.DRIVERS), help="the server, if it is not"
        )
        where.add_argument(
            "--refresh",
            action="store_true",
            help="of an adopted database, write generated.py again and add new tables to models.py",
        )
        add_refreshing(parser)
        add_naming(parser)
        parser.add_argument("--host", help="the server's name or address")
        parser.add_argument(
            "--port", type=int, help="3306 for mysql, 5432 for postgresql if not given"
        )
        parser.add_argument(
            "--reader-host",
            metavar="HOST[:PORT][=WEIGHT],…",
            help="its replicas, from which requests read where the project's router reads replicas",
        )
        parser.add_argument("--name", help="the database's name there; the alias if not given")
        parser.add_argument("--user", help="who logs in: a user that can only read will do")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input. Otherwise it comes from <ALIAS>_DATABASE_PASSWORD "
            "or is asked for",
        )
        parser.add_argument(
            "--app", help="the app's name; the alias if not given, and known once it is adopted"
        )
        parser.add_argument(
            "--title", help="the heading of its models in the admin, such as 'Web shop'"
        )
        parser.add_argument(
            "--time-zone",
            metavar="ZONE",
            help="what times without a zone mean, such as Europe/Berlin",
        )
        parser.add_argument(
            "--writable", action="store_true", help="let this project write to the database"
        )

    def handle(self, *args: Any, alias: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "adopt_legacy writes into this project's source, and these settings have DEBUG = False: "
                "run it in development."
            )
        if options["refresh"]:
            self._refresh(alias, options)
            return
        app = options["app"] or alias
        arguments.refuse_alias(alias)
        arguments.refuse_app(app)
        file_changes.refuse_existing(app)
        database = arguments.database_line(alias, options)
        if database.engine == "sqlite":
            values = location.file_parameters(database, options["database"])
        else:
            password = partial(arguments.ask_password, alias, options)
            values = location.server_parameters(database, options, password)
        found = self._models(database, values, naming(options))
        try:
            files = file_changes.new_files(database, app, found, options["title"])
            files |= file_changes.changed_files(database, app, values)
            with written(files):
                check_project(values)
        except OSError as error:
            raise CommandError(f"Nothing was changed: {error}.") from error
        self._say(database, app, found, list(files))

    def _refresh(self, alias: str, options: dict[str, Any]) -> None:
        if not facts(alias).get("ADOPTED"):
            raise CommandError(
                f"{alias!r} is not an adopted database: leave --refresh out to adopt it."
            )
        call_command(
            "inspect_legacy",
            alias,
            app=label_for(alias, options["app"]),
            yes=options["yes"],
            check=options["check"],
            stdout=self.stdout,
            stderr=self.stderr,
        )

    def _models(self, database: Database, values: dict[str, str], names: Kept) -> Written:
        connection = location.connect(database, values)
        try:
            return write(connection, progress(self.stderr), kept=names, former_source="")
        except (Error, ValueError) as error:
            raise CommandError(location.without_secret(error, values)) from error
        finally:
            connection.close()
            del connections[database.alias]

    def _say(self, database: Database, app: str, found: Written, paths: list[Path]) -> None:
        warn(self.stderr, self.style, found.remarks)
        for path in paths:
            self.stdout.write(f"Wrote {path.relative_to(base_dir()).as_posix()}")
        access = "read-only" if database.read_only else "writable"
        self.stdout.write(
            self.style.SUCCESS(f"{found.models} models of {database.alias}, {access}.")
        )
        names = ", ".join(parameters(database))
        self.stdout.write(
            f"Production needs {names} where its other parameters are.\n"
            "Next:\n"
            f"    python manage.py check_legacy_models {database.alias}\n"
            f"    pytest tests/test_{app}.py\n"
            "    python manage.py runserver"
        )
