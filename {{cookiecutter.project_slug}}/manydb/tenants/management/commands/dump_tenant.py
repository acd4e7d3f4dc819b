"""``manage.py dump_tenant``: a tenant's database in a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.timezone import localtime

from manydb.tenants.lifecycle.base_command import TenantCommand, add_no_proof
from manydb.tenants.lifecycle.dumps import dump


class Command(TenantCommand):
    help = (
        "Writes a tenant's database, as it is at one moment, into a ZIP archive that restore_tenant "
        "reads, and restores it into a scratch database to prove it. The tenant stays online."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py dump_tenant acme acme.zip"
        parser.add_argument("name")
        parser.add_argument("file", type=Path, nargs="?", help="default: <name>-<date>-<time>.zip")
        add_no_proof(parser)

    def run(self, **options: Any) -> None:
        name = options["name"]
        path = options["file"] or Path(f"{name}-{localtime():%Y%m%d-%H%M%S}.zip")
        manifest = dump(name, path, proof=options["proof"], report=self.report)
        rows = "" if manifest.rows is None else f", {sum(manifest.rows.values())} rows"
        self.stdout.write(f"{path}: {path.stat().st_size} bytes{rows}")
