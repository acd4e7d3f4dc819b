"""``manage.py check_legacy_models``: whether the unmanaged models still describe the live tables."""

import json
from dataclasses import asdict, fields
from fnmatch import fnmatch
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils.connection import ConnectionDoesNotExist

from manydb.core.direct import past_the_pooler
from manydb.core.routing import facts
from manydb.legacy.drift import Drift, drift, legacy_aliases, tenants_that_differ
from manydb.legacy.introspect import introspect
from manydb.legacy.tables import Found

COLUMNS = tuple(field.name for field in fields(Drift))


class Command(BaseCommand):
    help = (
        "Compares unmanaged models with the tables of each database: missing and extra tables and "
        "columns, types, null, lengths, keys, choices. The exit code is 1 if anything differs."
    )
    requires_system_checks = ()  # a model that fails a check is no reason to look no further

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/legacy-databases.md. Example: python manage.py check_legacy_models chinook"
        parser.add_argument("alias", nargs="*", help="only these databases; all if none is named")
        parser.add_argument(
            "--ignore",
            action="append",
            default=[],
            metavar="TABLE",
            help="a table that has no model on purpose, or a pattern such as 'tmp_*'; may be repeated",
        )
        parser.add_argument("--json", action="store_true", help="print a list of objects")
        parser.add_argument(
            "--tenants", action="store_true", help="compare the tenants' tables with one another"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        aliases = options["alias"] or legacy_aliases()
        if options["tenants"]:
            aliases = [alias for alias in aliases if facts(alias).get("TENANT")]
        rows: list[Drift] = []
        tables: dict[str, Found] = {}
        for alias in aliases:
            try:
                with past_the_pooler(alias) as connection:
                    tables[alias] = introspect(connection, rows=False)
                    if not options["tenants"]:
                        rows += drift(connection, tables[alias])
            except (Error, ValueError, ConnectionDoesNotExist) as error:
                rows.append(Drift(alias, "", "", "database", "", " ".join(str(error).split())))
        if options["tenants"]:
            rows += tenants_that_differ(tables)
        rows = [row for row in rows if not _ignored(row.table, options["ignore"])]
        self._write(rows, as_json=options["json"])
        if rows:
            differing = sorted({row.alias for row in rows})
            raise CommandError(f"{len(rows)} differences in {', '.join(differing)}.")
        if not options["json"]:
            self.stdout.write(f"No drift in {', '.join(aliases) or 'no database'}.")

    def _write(self, rows: list[Drift], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([asdict(row) for row in rows], indent=2))
            return
        table = [COLUMNS, *(tuple(asdict(row).values()) for row in rows)] if rows else []
        widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
        for cells in table:
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            self.stdout.write(line.rstrip())


def _ignored(table: str, patterns: list[str]) -> bool:
    # A database that does not answer has no table to ignore.
    return bool(table) and any(fnmatch(table, pattern) for pattern in patterns)
