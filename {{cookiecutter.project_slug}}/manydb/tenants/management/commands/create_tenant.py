"""``manage.py create_tenant``: a new tenant, from its database to its subdomain."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.tenants.lifecycle.base_command import TenantCommand, add_server, add_wait
from manydb.tenants.lifecycle.creation import create
from manydb.tenants.lifecycle.tenant_names import subdomain


class Command(TenantCommand):
    help = (
        "Makes a tenant: a copy of the template database, which is made once for each set of migrations, "
        "and a row in the catalog. If it fails, it removes what it made. After a crash, run it again to "
        "continue."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = (
            "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py create_tenant acme"
        )
        parser.add_argument("name", help="lower-case letters, digits and _, for example acme")
        add_server(parser)
        add_wait(parser)

    def run(self, **options: Any) -> None:
        tenant = create(
            options["name"], server=options["server"], wait=options["wait"], report=self.report
        )
        self.stdout.write(
            f"{tenant.name} is ready: host {subdomain(tenant.name)}, database {tenant.database}"
        )
