"""``manage.py dump_tenant``: a tenant's database in a file, or those of all tenants in a directory."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import localtime

from manydb.fleet.stop_signals import Stopping
from manydb.tenants.lifecycle.backups import pruning
from manydb.tenants.lifecycle.backups.dumping import FleetDump
from manydb.tenants.lifecycle.base_command import (
    TenantCommand,
    add_jobs,
    add_no_proof,
    add_yes,
    positive,
    seconds,
)
from manydb.tenants.lifecycle.dumps import dump


class Command(TenantCommand):
    help = (
        "Writes a tenant's database, as it is at one moment, into a ZIP archive that restore_tenant "
        "reads, and restores it into a scratch database to prove it. The tenant stays online. With --all it does so "
        "for every tenant, in a folder with a manifest; after a crash, run it again to continue."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py dump_tenant acme acme.zip"
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument("file", type=Path, nargs="?", help="default: <name>-<date>-<time>.zip")
        parser.add_argument(
            "--all", type=Path, metavar="DIRECTORY", help="every tenant, into a new folder in there"
        )
        add_no_proof(parser)
        add_jobs(parser)
        parser.add_argument(
            "--wait",
            type=seconds,
            default=300,
            metavar="SECONDS",
            help="with --all: for a command that is working on a tenant (default: 300)",
        )
        parser.add_argument(
            "--prune-older-than",
            type=positive,
            metavar="DAYS",
            help="with --all: when this backup is complete, remove those that were begun before (asks for confirmation)",
        )
        add_yes(parser)

    def run(self, **options: Any) -> None:
        if bool(options["all"]) == bool(options["name"]):
            raise CommandError(
                "Name a tenant or give --all: dump_tenant acme acme.zip, or dump_tenant --all DIRECTORY."
            )
        if options["all"]:
            self._dump_all(**options)
            return
        if options["prune_older_than"]:
            raise CommandError("--prune-older-than goes with --all. Leave it out for one tenant.")
        name = options["name"]
        path = options["file"] or Path(f"{name}-{localtime():%Y%m%d-%H%M%S}.zip")
        manifest = dump(name, path, proof=options["proof"], report=self.report)
        rows = "" if manifest.rows is None else f", {sum(manifest.rows.values())} rows"
        self.stdout.write(f"{path}: {path.stat().st_size} bytes{rows}")

    def _dump_all(self, **options: Any) -> None:
        directory, days = options["all"], options["prune_older_than"]
        old = pruning.older_than(directory, days) if days else []
        if old:
            names = ", ".join(folder.path.name for folder in old)
            self.confirm(
                "prune", f"This removes {names} when a new backup is complete.", options["yes"]
            )
        fleet = FleetDump(
            directory, wait=options["wait"], proof=options["proof"], report=self.report
        )
        with Stopping() as stop, fleet.begun() as folder:
            self.stdout.write(f"{folder.path}:")
            if known := len(fleet.progress.entries):
                self.stdout.write(f"{known} tenants are there from a run that was interrupted.")
            counts = self.report_each(fleet.run(options["jobs"], stop))
            if stop.asked:
                raise CommandError(f"Stopped. {counts} Run the command again to continue.")
            if counts.failed:
                raise CommandError(
                    f"{counts.failures} {folder.path} is not complete: run the command again within 12 hours to "
                    "complete it."
                )
            for each in old:
                if each.path != folder.path:
                    pruning.remove(each)
                    self.stdout.write(f"removed {each.path}")
            pruning.remove_rest(directory)
        assert fleet.contents  # noqa: S101  for the type checker
        self.stdout.write(f"Complete, with {len(fleet.contents.tenants)} tenants. {counts}")
