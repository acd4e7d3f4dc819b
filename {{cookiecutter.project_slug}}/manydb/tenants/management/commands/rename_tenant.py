"""``manage.py rename_tenant``: another name for a tenant, whose links keep working."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.core.conf import conf
from manydb.tenants.lifecycle.base_command import TenantCommand, add_wait, add_yes
from manydb.tenants.lifecycle.serving import rename
from manydb.tenants.lifecycle.tenant_names import subdomain


class Command(TenantCommand):
    help = (
        "Gives a tenant another name and subdomain. Its database is not touched, its host names stay, and "
        "the old subdomain becomes one of them. Asks for the new name."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py rename_tenant acme acme_europe"
        parser.add_argument("name")
        parser.add_argument("new", help="the new name")
        add_wait(parser)
        add_yes(parser)

    def run(self, **options: Any) -> None:
        name, new = options["name"], options["new"]
        self.confirm(new, f"Code and commands will know {name} as {new}.", options["yes"])
        tenant = rename(name, new, wait=options["wait"], report=self.report)
        self.stdout.write(f"{name} is {tenant.name} now: host {subdomain(new)}")
        if not any(path.endswith(".resolvers.hostname") for path in conf.TENANT_RESOLVERS):
            self.stdout.write(
                f"{subdomain(name)} is not served. Put manydb.tenants.resolvers.hostname first in TENANT_RESOLVERS."
            )
