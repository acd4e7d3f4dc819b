"""``manage.py databases``: every database of the project, and how it does."""

import json
import re
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from manydb.core.members import fleet
from manydb.core.placement import shared_alias
from manydb.core.routing import facts, listed
from manydb.core.status import Status, status_of

COLUMNS = ("alias", "role", "engine", "host", "reachable", "lag", "pending")
MORE = ("state", "position", "share")  # where a router reads replicas


# In the words of PostgreSQL, of MySQL, and of ours for a file of SQLite.
_MISSING = re.compile(r"database .* does not exist|Unknown database|no such file yet")


class Command(BaseCommand):
    help = (
        "Shows each database: alias, role, engine, host, whether it answers, lag in seconds, pending "
        "migrations, state of a replica, position, share of reads. "
        "The exit code is 1 if a primary does not answer; a replica may be away."
    )
    requires_system_checks = ()  # checks of MySQL models connect to every database; one may be down

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = (
            "Manual: manydb/docs/health.md. Example: python manage.py databases --tenants"
        )
        parser.add_argument("aliases", nargs="*", metavar="ALIAS", help="show these only")
        parser.add_argument(
            "--tenants", action="store_true", help="show the tenants of the catalog as well"
        )
        parser.add_argument(
            "--json", action="store_true", help="print a list of objects instead of a table"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        named = [alias for alias in options["aliases"] if not facts(alias)]
        if named:
            raise CommandError(
                f"There is no database {named[0]!r}. Use one of {', '.join(listed())}."
            )
        rows = status_of(options["aliases"] or listed())
        others = [] if options["aliases"] else _not_listed(rows)
        if options["tenants"]:
            rows += status_of(others)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(row) for row in rows], indent=2))
        else:
            self._write_table(rows)
            if others and not options["tenants"]:
                hint = "name aliases, or add --tenants, to see them."
                self.stdout.write(f"Tenants of the catalog besides: {len(others)}; {hint}")
        away = [row for row in rows if row.role == "primary" and not row.reachable]
        if away:
            raise CommandError(_advice(away))

    def _write_table(self, rows: list[Status]) -> None:
        columns = [*COLUMNS, *(more for more in MORE if any(getattr(row, more) for row in rows))]
        table = [columns, *([_cell(row, column) for column in columns] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for cells in table:
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            self.stdout.write(line.rstrip())
        for row in rows:
            if row.error:
                self.stdout.write(self.style.ERROR(f"{row.alias}: {row.error}"))


def _advice(away: list[Status]) -> str:
    """What to do about primaries that do not answer: a server that is up may lack the database."""
    missing = [row.alias for row in away if _MISSING.search(row.error)]
    silent = [row.alias for row in away if row.alias not in missing]
    said = []
    if silent:
        said.append(
            f"No answer from {', '.join(silent)}. Start the server, or correct HOST and PORT."
        )
    if missing:
        make = "bootstrap" if settings.DEBUG else "deploy_databases"
        said.append(
            f"The database of {', '.join(missing)} does not exist. Run python manage.py {make}, "
            "or bring it if it is of other software."
        )
    return " ".join(said)


def _not_listed(rows: list[Status]) -> list[str]:
    """The tenants whose databases the settings do not name; none while ``default`` can't say."""
    if not any(row.alias == shared_alias() and row.reachable for row in rows):
        return []
    known = set(listed())
    return [each.alias for each in fleet().members() if each.alias not in known]


def _cell(row: Status, column: str) -> str:
    value = getattr(row, column)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0%}" if column == "share" else f"{value:.1f}"
    return "-" if value is None else str(value)
