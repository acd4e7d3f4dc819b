"""``manage.py list_tenants``: the catalog, as a table."""

import json
from typing import Any

from django.core.management.base import CommandParser

from manydb.core.disk_migrations import fingerprint
from manydb.tenants import catalog
from manydb.tenants.lifecycle.base_command import TenantCommand
from manydb.tenants.lifecycle.lost_databases import LostDatabases
from manydb.tenants.lifecycle.next_step import command_line, next_step
from manydb.tenants.lifecycle.tenant_names import subdomain
from manydb.tenants.models import Tenant
from manydb.tenants.records import COLUMNS as CATALOG_COLUMNS
from manydb.tenants.records import TenantRecord, from_row

MISSING = "missing"  # no state of the catalog
COLUMNS = ("name", "state", "server", "database", "migrations", "hosts")
CHUNK = 1000  # rows read at once


class Command(TenantCommand):
    help = "Shows every tenant: its state, where its database is, and the hosts that are served."
    changes = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py list_tenants --state ready"
        parser.add_argument(
            "--state",
            action="append",
            choices=Tenant.State.values,
            help="only these; may be repeated",
        )
        parser.add_argument(
            "--json", action="store_true", help="print a list of objects instead of a table"
        )

    def run(self, **options: Any) -> None:
        states, now = options["state"] or (), fingerprint()
        tenants = Tenant.objects.prefetch_related("hostnames")
        if states:
            tenants = tenants.filter(state__in=states)
        lost = LostDatabases()
        rows = [_row(each, None, now, each in lost) for each in catalog.without_rows(*states)]
        for tenant in tenants.iterator(chunk_size=CHUNK):
            record = from_row(tuple(getattr(tenant, column) for column in CATALOG_COLUMNS))
            rows.append(_row(record, tenant, now, record in lost))
        rows.sort(key=lambda row: row["name"])
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
        else:
            self._write_table(rows)

    def _write_table(self, rows: list[dict[str, Any]]) -> None:
        table = [COLUMNS, *(_cells(row) for row in rows)]
        widths = [max(len(cells[column]) for cells in table) for column in range(len(COLUMNS))]
        for cells in table:
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            self.stdout.write(line.rstrip())
        for row in rows:
            if notes := _notes(row):
                self.stdout.write(self.style.WARNING(f"{row['name']}: {' '.join(notes)}"))


def _row(record: TenantRecord, tenant: Tenant | None, now: str, is_missing: bool) -> dict[str, Any]:
    """What is listed about a tenant, as JSON has it.

    ``state`` is that of the catalog, or ``missing`` for one that would be served and has no database.
    ``migrations`` is what the last command left; ``databases`` asks the database itself. ``unfinished`` is
    the command that is at work on the tenant, or was killed. ``now`` is the fingerprint of the migrations on disk.
    """
    current = record.fingerprint == now
    return {
        "name": record.name,
        "state": MISSING if is_missing else record.state,
        "server": record.server or "default",
        "database": record.database,
        "kept": tenant.other_database if tenant else "",
        "kept_on": (tenant.other_server or "default") if tenant and tenant.other_database else "",
        "migrations": "current" if current else "behind" if record.fingerprint else "unknown",
        "hosts": [
            subdomain(record.name),
            *(hostname.host for hostname in (tenant.hostnames.all() if tenant else ())),
        ],
        "unfinished": _unfinished(tenant) if tenant else None,
        "error": tenant.error if tenant else "",
        "next": _way_back(record, tenant) if is_missing else _next(tenant) if tenant else "",
    }


def _way_back(record: TenantRecord, tenant: Tenant | None) -> str:
    where = f"{record.server or 'The server of default'} has no database {record.database}."
    if tenant is None:
        return f"{where} Run deploy_databases or, in development, bootstrap."
    return f"{where} Run restore_tenant FILE --replace --name {record.name} with its last dump."


def _next(tenant: Tenant) -> str:
    """What has to be done about a tenant some day; empty for nothing."""
    if tenant.command:
        return next_step(tenant)
    if not tenant.other_database:
        return ""
    kept = f"{tenant.other_database} on {tenant.other_server or 'default'} is kept."
    return (
        f"{kept} Run move_tenant {tenant.name} --back to return to it, or --drop-kept to drop it."
    )


def _unfinished(tenant: Tenant) -> dict[str, str] | None:
    if not tenant.command:
        return None
    return {
        "command": command_line(tenant),
        "phase": tenant.phase,
        "run": tenant.run,
        "state_before": tenant.state_before,
    }


def _notes(row: dict[str, Any]) -> list[str]:
    notes = [row["error"], row["next"]]
    if row["unfinished"]:
        notes.insert(0, "{command} has not finished (phase: {phase}).".format(**row["unfinished"]))
    return [note if note.endswith(".") else f"{note}." for note in notes if note]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(" ".join(row[column]) if column == "hosts" else row[column] for column in COLUMNS)
