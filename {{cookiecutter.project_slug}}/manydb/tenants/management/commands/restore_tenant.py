"""``manage.py restore_tenant``: a tenant out of a file of dump_tenant."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from manydb.tenants.lifecycle.base_command import TenantCommand, add_server, add_wait, add_yes
from manydb.tenants.lifecycle.dumps import read
from manydb.tenants.lifecycle.restores import restore, restore_over
from manydb.tenants.lifecycle.tenant_names import subdomain


class Command(TenantCommand):
    help = (
        "Makes a tenant out of a dump and migrates it. A failure leaves nothing, and with --replace the "
        "tenant as it was; after a crash, run it again and it goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--name", default="", help="the tenant's name, if not that of the dump")
        parser.add_argument(
            "--replace", action="store_true", help="in place of what the tenant has now; asks"
        )
        add_server(parser)
        add_wait(parser)
        add_yes(parser)

    def run(self, **options: Any) -> None:
        path = options["file"]
        name = options["name"] or read(path).tenant
        if options["replace"]:
            if options["server"]:
                raise CommandError(
                    "--server goes with a new tenant, not with --replace: use move_tenant."
                )
            self.confirm(name, f"This drops what {name} has now.", options["yes"])
            tenant = restore_over(path, name, wait=options["wait"], report=self.report)
        else:
            tenant = restore(path, name, server=options["server"], report=self.report)
        self.stdout.write(
            f"{tenant.name} is {tenant.state}: host {subdomain(tenant.name)}, database {tenant.database}"
        )
