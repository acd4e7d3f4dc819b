"""``manage.py drop_tenant``: drops a tenant, after a dump if that is wanted."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from manydb.tenants.lifecycle.base_command import TenantCommand, add_no_proof, add_wait, add_yes
from manydb.tenants.lifecycle.catalog_rows import existing
from manydb.tenants.lifecycle.removal import drop


class Command(TenantCommand):
    help = (
        "Drops a tenant's database, ends its sessions, and removes its row. Asks for the name. After a "
        "crash, run it again to continue."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py drop_tenant acme --dump acme.zip"
        parser.add_argument("name")
        parser.add_argument(
            "--dump", type=Path, metavar="FILE", help="write its data into this file first"
        )
        add_no_proof(parser)
        add_wait(parser)
        add_yes(parser)

    def run(self, **options: Any) -> None:
        tenant = existing(options["name"])
        previous = f" and {tenant.other_database}" if tenant.other_database else ""
        warning = f"This drops {tenant.database}{previous} with all data."
        self.confirm(tenant.name, warning, options["yes"])
        drop(
            tenant.name,
            dump_to=options["dump"],
            proof=options["proof"],
            wait=options["wait"],
            report=self.report,
        )
        self.stdout.write(f"{tenant.name} is gone.")
