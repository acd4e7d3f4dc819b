"""``manage.py rotate_tenant_accounts``: the next generation of tenants' accounts, or their first."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from manydb.tenants import catalog
from manydb.tenants.lifecycle.base_command import TenantCommand, add_wait
from manydb.tenants.lifecycle.rotation import close_to_shared, rotate


class Command(TenantCommand):
    help = (
        "Gives tenants a new account on the server, with a new password, and drops the one before after "
        "TENANT_CACHE_SECONDS. Both log in meanwhile. A tenant without an account of its own gets its first one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = (
            "Manual: manydb/docs/tenants/accounts.md. "
            "Example: python manage.py rotate_tenant_accounts --all"
        )
        parser.add_argument("names", nargs="*", metavar="NAME", help="tenants")
        parser.add_argument("--all", action="store_true", help="every tenant")
        parser.add_argument(
            "--close",
            action="store_true",
            help="instead: take the rights on tenants' databases from the account that pages had for all of them",
        )
        add_wait(parser)

    def run(self, **options: Any) -> None:
        names = [name.lower() for name in options["names"]]
        if bool(names) == options["all"]:
            raise CommandError("Name tenants, or all of them with --all.")
        names = names or [record.name for record in catalog.iterate()]
        if options["close"]:
            closed = sum(map(close_to_shared, names))
            self.stdout.write(f"databases that only their tenant's account may use now: {closed}")
            return
        rotated = rotate(names, wait=options["wait"], report=self.report)
        self.stdout.write(f"tenants with a new account: {rotated}")
