"""``manage.py restore_tenant``: a tenant from a file of dump_tenant."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from manydb.tenants.lifecycle.base_command import TenantCommand, add_server, add_wait, add_yes
from manydb.tenants.lifecycle.dumps import read
from manydb.tenants.lifecycle.restores import restore, restore_over
from manydb.tenants.lifecycle.tenant_names import subdomain


class Command(TenantCommand):
    help = (
        "Makes a tenant from a dump and migrates it. The file is not trusted: what it says decides nothing. If it fails, it removes what it made; with --replace the "
        "tenant stays as it was. After a crash, run it again to continue."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py restore_tenant acme.zip --name acme"
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--name", default="", help="the name of the tenant to make or to replace"
        )
        parser.add_argument(
            "--same-tenant",
            action="store_true",
            help="the dump is of the tenant that had this name: it gets its stored files and host names back",
        )
        parser.add_argument(
            "--with-code",
            action="store_true",
            help="load views, triggers, functions and events of the dump, too: only if you trust the file",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="replace the tenant's data (asks for confirmation)",
        )
        add_server(parser)
        add_wait(parser)
        add_yes(parser)

    def run(self, **options: Any) -> None:
        path = options["file"]
        if not (name := options["name"]):
            said = read(path).tenant
            raise CommandError(
                f"Say whose place the data takes. The file says that it is of {said}, which is "
                f"no proof: restore_tenant {path} --name {said}"
            )
        trust = {"with_code": options["with_code"], "wait": options["wait"]}
        if options["replace"]:
            if options["server"]:
                raise CommandError(
                    "--server goes with a new tenant, not with --replace. Use move_tenant first."
                )
            self.confirm(name, f"This drops the data that {name} has now.", options["yes"])
            tenant = restore_over(path, name, report=self.report, **trust)
        else:
            tenant = restore(
                path,
                name,
                same_tenant=options["same_tenant"],
                server=options["server"],
                report=self.report,
                **trust,
            )
        self.stdout.write(
            f"{tenant.name} is {tenant.state}: host {subdomain(tenant.name)}, database {tenant.database}"
        )
