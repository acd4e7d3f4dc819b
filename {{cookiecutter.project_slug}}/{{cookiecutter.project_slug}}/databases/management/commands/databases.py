"""``manage.py databases``: every database of the project, and how it does."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from ...routing import facts
from ...status import Status, status_of

COLUMNS = ("alias", "role", "engine", "host", "reachable", "lag", "pending")


class Command(BaseCommand):
    help = (
        "Shows each database: alias, role, engine, host, whether it answers, lag in seconds, pending "
        "migrations. The exit code is 1 if a primary does not answer; a replica may be away."
    )
    requires_system_checks = ()  # checks of MySQL models connect to every database; one may be down

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print a list of objects instead of a table"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = status_of(alias for alias in connections if facts(alias))
        if options["json"]:
            self.stdout.write(json.dumps([asdict(row) for row in rows], indent=2))
        else:
            self._write_table(rows)
        away = [row.alias for row in rows if row.role == "primary" and not row.reachable]
        if away:
            raise CommandError(f"No answer from {', '.join(away)}.")

    def _write_table(self, rows: list[Status]) -> None:
        table = [COLUMNS, *(_cells(row) for row in rows)]
        widths = [max(len(cells[column]) for cells in table) for column in range(len(COLUMNS))]
        for cells in table:
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            self.stdout.write(line.rstrip())
        for row in rows:
            if row.error:
                self.stdout.write(self.style.ERROR(f"{row.alias}: {row.error}"))


def _cells(row: Status) -> tuple[str, ...]:
    lag = "-" if row.lag is None else f"{row.lag:.1f}"
    pending = "-" if row.pending is None else str(row.pending)
    return row.alias, row.role, row.engine, row.host, "yes" if row.reachable else "no", lag, pending
