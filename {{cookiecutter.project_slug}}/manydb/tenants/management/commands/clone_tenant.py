"""``manage.py clone_tenant``: a new tenant with the data of another one."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.tenants.lifecycle.base_command import TenantCommand, add_server, add_wait
from manydb.tenants.lifecycle.creation import clone
from manydb.tenants.lifecycle.tenant_names import subdomain


class Command(TenantCommand):
    help = (
        "Makes a tenant with the data that another one has at one moment. The other one stays online. If it "
        "fails, it removes what it made. After a crash, run it again to continue."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py clone_tenant acme acme_trial"
        parser.add_argument("source", help="the tenant to copy")
        parser.add_argument("name", help="the new tenant")
        add_server(parser)
        add_wait(parser)

    def run(self, **options: Any) -> None:
        tenant = clone(
            options["source"],
            options["name"],
            server=options["server"],
            wait=options["wait"],
            report=self.report,
        )
        self.stdout.write(
            f"{tenant.name} is ready: host {subdomain(tenant.name)}, database {tenant.database}"
        )
