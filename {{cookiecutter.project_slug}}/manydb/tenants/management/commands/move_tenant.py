"""``manage.py move_tenant``: a tenant's database on another server, and back."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.tenants.lifecycle.base_command import TenantCommand, add_wait, add_yes
from manydb.tenants.lifecycle.catalog_rows import existing
from manydb.tenants.lifecycle.moves import drop_previous_database, move, move_back


class Command(TenantCommand):
    help = (
        "Copies a tenant's database to another server, compares the rows of every table and switches. The "
        "tenant answers 503 meanwhile; its previous database is kept. If the move fails, the tenant stays "
        "where it was. After a crash, run it again to continue, or resume_tenant to stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py move_tenant acme --to eu"
        parser.add_argument("name")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--to",
            metavar="SERVER",
            help="a key of TENANT_SERVERS, or 'default' for that of default",
        )
        what.add_argument(
            "--back",
            action="store_true",
            help="return to the database that the last move kept (asks for confirmation)",
        )
        what.add_argument(
            "--drop-kept",
            action="store_true",
            help="drop the database that the last move kept (asks for confirmation)",
        )
        add_wait(parser)
        add_yes(parser)

    def run(self, **options: Any) -> None:
        name = options["name"]
        tenant = existing(name)
        if options["to"]:
            server = "" if options["to"] == "default" else options["to"]
            tenant = move(name, server, wait=options["wait"], report=self.report)
        elif options["back"]:
            warning = f"Data that {name} wrote since its last move stays in {tenant.database}, which is not used then."
            self.confirm(name, warning, options["yes"])
            tenant = move_back(name, wait=options["wait"], report=self.report)
        else:
            self.confirm(name, f"This drops {tenant.other_database}.", options["yes"])
            tenant = drop_previous_database(name)
        kept = f", {where(tenant.other_server, tenant.other_database)} is kept"
        self.stdout.write(
            f"{name} is in {where(tenant.server, tenant.database)}{kept if tenant.other_database else ''}"
        )


def where(server: str, database: str) -> str:
    return f"{database} on {server or 'default'}"
