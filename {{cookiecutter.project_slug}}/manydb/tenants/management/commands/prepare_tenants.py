"""``manage.py prepare_tenants``: makes templates and spares of new tenants' databases ahead."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.core.conf import conf
from manydb.tenants.lifecycle.base_command import TenantCommand
from manydb.tenants.lifecycle.spares import prepare


class Command(TenantCommand):
    help = (
        "Makes on every server the template of new tenants and TENANT_SPARES copies of it, if they are "
        "missing. Run it after each deployment, then every minute or so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = (
            "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py prepare_tenants"
        )
        parser.add_argument(
            "--server",
            metavar="KEY",
            help="a key of TENANT_SERVERS (default: all of them, and the server of default)",
        )

    def run(self, **options: Any) -> None:
        server = options["server"]
        for key in ["", *conf.TENANT_SERVERS] if server is None else [server]:
            made = prepare(key, report=self.report)
            ready = f"a template and spares: {conf.TENANT_SPARES}, of them new: {made}"
            self.stdout.write(f"{key or 'default'} has {ready}")
