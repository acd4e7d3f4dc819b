"""``manage.py restore_tenant``: a tenant from a file of dump_tenant, or all tenants of a backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from manydb.fleet.stop_signals import Stopping
from manydb.tenants.lifecycle.backups.restoring import FleetRestore, backup_of
from manydb.tenants.lifecycle.backups.runs import only_run
from manydb.tenants.lifecycle.base_command import (
    TenantCommand,
    add_jobs,
    add_server,
    add_wait,
    add_yes,
)
from manydb.tenants.lifecycle.dumps import read
from manydb.tenants.lifecycle.restores import restore, restore_over
from manydb.tenants.lifecycle.tenant_names import subdomain


class Command(TenantCommand):
    help = (
        "Makes a tenant from a dump and migrates it. The file is not trusted: what it says decides nothing. If it fails, it removes what it made; with --replace the "
        "tenant stays as it was. After a crash, run it again to continue. With --all every tenant of a backup gets its "
        "name, hosts, files and state back; tenants that are there stay as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py restore_tenant acme.zip --name acme"
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument(
            "--all",
            type=Path,
            metavar="BACKUP",
            help="every tenant of a folder of dump_tenant --all",
        )
        parser.add_argument(
            "--trust",
            action="store_true",
            help="with --all: the backup is yours though it is not signed with this SECRET_KEY",
        )
        add_jobs(parser)
        parser.add_argument(
            "--name", default="", help="the name of the tenant to make or to replace"
        )
        parser.add_argument(
            "--same-tenant",
            action="store_true",
            help="the dump is of the tenant that had this name: it gets its stored files and host names back",
        )
        parser.add_argument(
            "--with-code",
            action="store_true",
            help="load views, triggers, functions and events of the dump, too: only if you trust the file",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="replace the tenant's data (asks for confirmation)",
        )
        add_server(parser)
        add_wait(parser)
        add_yes(parser)

    def run(self, **options: Any) -> None:
        if bool(options["all"]) == bool(options["file"]):
            raise CommandError(
                "Name a file or give --all: restore_tenant acme.zip --name acme, or restore_tenant --all BACKUP."
            )
        if options["all"]:
            self._restore_all(**options)
            return
        path = options["file"]
        if not (name := options["name"]):
            said = read(path).tenant
            raise CommandError(
                f"Name the tenant that gets the data. The file says that it is of {said}, which "
                f"proves nothing. Run restore_tenant {path} --name {said}"
            )
        trust = {"with_code": options["with_code"], "wait": options["wait"]}
        if options["replace"]:
            if options["server"]:
                raise CommandError(
                    "--server goes with a new tenant, not with --replace. Use move_tenant first."
                )
            self.confirm(name, f"This drops the data that {name} has now.", options["yes"])
            tenant = restore_over(path, name, report=self.report, **trust)
        else:
            tenant = restore(
                path,
                name,
                same_tenant=options["same_tenant"],
                server=options["server"],
                report=self.report,
                **trust,
            )
        self.stdout.write(
            f"{tenant.name} is {tenant.state}: host {subdomain(tenant.name)}, database {tenant.database}"
        )

    def _restore_all(self, **options: Any) -> None:
        for option in ("name", "same_tenant"):
            if options[option]:
                raise CommandError(
                    f"--{option.replace('_', '-')} is for one file. Leave it out: the backup knows each tenant."
                )
        folder = backup_of(options["all"])
        contents = folder.contents(trust=options["trust"])
        if options["replace"]:
            self.confirm(
                "replace",
                f"This drops what {len(contents.tenants)} tenants have now, as far as they are there.",
                options["yes"],
            )
        fleet = FleetRestore(
            folder,
            contents,
            server=options["server"],
            replace=options["replace"],
            with_code=options["with_code"],
            wait=options["wait"],
            report=self.report,
        )
        self.stdout.write(f"{folder.path}:")
        with Stopping() as stop, only_run():
            counts = self.report_each(fleet.run(options["jobs"], stop))
            if stop.asked:
                raise CommandError(f"Stopped. {counts} Run the command again to continue.")
            if counts.failed:
                raise CommandError(f"{counts.failures} Run the command again to continue.")
        self.stdout.write(str(counts))
