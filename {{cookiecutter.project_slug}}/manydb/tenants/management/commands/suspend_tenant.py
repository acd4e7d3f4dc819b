"""``manage.py suspend_tenant``: a tenant answers 503."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.core.conf import conf
from manydb.tenants.lifecycle.base_command import TenantCommand
from manydb.tenants.lifecycle.serving import suspend


class Command(TenantCommand):
    help = "Makes a tenant answer 503 until resume_tenant. Its database does not change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py suspend_tenant acme"
        parser.add_argument("name")

    def run(self, **options: Any) -> None:
        tenant = suspend(options["name"])
        self.stdout.write(
            f"{tenant.name} is suspended: 503 everywhere within {conf.TENANT_CACHE_SECONDS} s"
        )
