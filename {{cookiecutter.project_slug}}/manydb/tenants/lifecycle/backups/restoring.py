"""Restores every tenant of a backup, and goes on where a run was killed."""

from collections.abc import Iterator
from pathlib import Path

from django.db import Error

from manydb.core.leases import confirm
from manydb.fleet.stop_signals import Stopping
from manydb.fleet.threads import in_threads
from manydb.tenants.lifecycle.backups.contents import Contents, Entry
from manydb.tenants.lifecycle.backups.folder import Folder
from manydb.tenants.lifecycle.backups.runs import Outcome
from manydb.tenants.lifecycle.catalog_rows import SERVED
from manydb.tenants.lifecycle.dumps import read
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.next_step import next_step
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.restores import restore, restore_over
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Tenant


def backup_of(path: Path) -> Folder:
    """Returns the backup that is meant: this folder, or the only one in this directory.

    Raises:
        ProvisioningError: there is none, or there are several to choose from.
    """
    folder = Folder(path)
    if folder.is_complete:
        return folder
    complete = [each for each in Folder.all_in(path) if each.is_complete]
    if len(complete) == 1:
        return complete[0]
    if not complete:
        raise ProvisioningError(
            f"{path} has no complete backup. Name a folder that dump_tenant --all has made."
        )
    names = ", ".join(each.path.name for each in complete[-5:])
    raise ProvisioningError(
        f"{path} has {len(complete)} complete backups, the last of them {names}. Name the one that you want: "
        f"restore_tenant --all {complete[-1].path}"
    )


class FleetRestore:
    """The tenants of a backup, each with its name, UUID, host names and state.

    Args:
        server: where all of them are made; "" for the server that each one had.
        replace: replace the data of those that are there. Otherwise they are left as they are.
    """

    def __init__(
        self,
        folder: Folder,
        contents: Contents,
        *,
        server: str = "",
        replace: bool = False,
        with_code: bool = False,
        wait: float | None = None,
        report: Report = silent,
    ) -> None:
        self.folder, self.contents, self.server, self.replace = folder, contents, server, replace
        self.with_code, self.wait, self.report = with_code, wait, report

    def run(self, jobs: int, stop: Stopping) -> Iterator[Outcome]:
        """Restores the tenants, and yields what came of each.

        Raises:
            LeaseLost: another run has taken over.
        """
        for outcome in in_threads(self._restore, self.contents.tenants, jobs, stop):
            confirm()
            yield outcome

    def _restore(self, entry: Entry) -> Outcome:
        try:
            row = Tenant.objects.filter(uuid=entry.uuid).first()
            served = row is not None and row.state in SERVED
            lost = row is not None and served and not TenantDatabase.of(row).exists()
            if row is not None and served and not (lost or self.replace):
                as_whom = "" if row.name == entry.name else f" as {row.name}"
                return Outcome(entry.name, left=f"it is there{as_whom}")
            path = self.folder.file(entry)
            if (said := read(path)).uuid != entry.uuid or said.tenant != entry.name:
                raise ProvisioningError(f"{path} is a dump of another tenant. Leave it out.")
            if row is None or row.command == Tenant.Command.RESTORE:
                self._make(entry, path)
                return Outcome(entry.name, done="restored")
            if not (lost or self.replace):
                raise ProvisioningError(f"{row.name!r} is {row.state}. {next_step(row)}")
            restore_over(
                path, row.name, with_code=self.with_code, wait=self.wait, report=self.report
            )
            return Outcome(entry.name, done="replaced")
        except (ProvisioningError, Error, OSError) as error:
            return Outcome(entry.name, error=sentence(error))
        except Exception as error:  # a migration may raise anything, and must not stop the others
            return Outcome(entry.name, error=f"{type(error).__name__}: {sentence(error)}")

    def _make(self, entry: Entry, path: Path) -> None:
        restore(
            path,
            entry.name,
            same_tenant=True,
            with_code=self.with_code,
            server=self.server or entry.server,
            wait=self.wait,
            state=Tenant.State(entry.state),
            report=self.report,
        )
