"""``manage.py resume_tenant``: a suspended tenant is served again."""

from typing import Any

from django.core.management.base import CommandParser

from manydb.core.conf import conf
from manydb.tenants.lifecycle.base_command import TenantCommand
from manydb.tenants.lifecycle.serving import resume


class Command(TenantCommand):
    help = (
        "Serves a suspended tenant again. A tenant whose move or restore has crashed keeps the database that it "
        "had."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = (
            "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py resume_tenant acme"
        )
        parser.add_argument("name")

    def run(self, **options: Any) -> None:
        tenant = resume(options["name"])
        self.stdout.write(
            f"{tenant.name} is ready: served everywhere within {conf.TENANT_CACHE_SECONDS} s"
        )
