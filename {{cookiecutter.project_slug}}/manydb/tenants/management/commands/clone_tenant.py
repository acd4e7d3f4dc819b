"""``manage.py clone_tenant``: a new tenant with all that another one has."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.tenants.lifecycle.base_command import TenantCommand, add_server
from manydb.tenants.lifecycle.creation import clone
from manydb.tenants.lifecycle.tenant_names import subdomain


class Command(TenantCommand):
    help = (
        "Makes a tenant with all that another one has at one moment; that one is served meanwhile. A "
        "failure leaves nothing; after a crash, run it again and it goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the tenant to copy")
        parser.add_argument("name", help="the new tenant")
        add_server(parser)

    def run(self, **options: Any) -> None:
        tenant = clone(
            options["source"], options["name"], server=options["server"], report=self.report
        )
        self.stdout.write(
            f"{tenant.name} is ready: host {subdomain(tenant.name)}, database {tenant.database}"
        )
