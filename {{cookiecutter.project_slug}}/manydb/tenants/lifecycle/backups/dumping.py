"""Dumps every tenant into one folder, and goes on where a run was killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from django.db import Error

from manydb.core.leases import confirm
from manydb.fleet.stop_signals import Stopping
from manydb.fleet.threads import in_threads
from manydb.tenants import catalog
from manydb.tenants.lifecycle.backups.contents import Contents, Entry, now
from manydb.tenants.lifecycle.backups.folder import Folder, Progress, checksum
from manydb.tenants.lifecycle.backups.runs import Outcome, only_run
from manydb.tenants.lifecycle.backups.server_positions import position_of
from manydb.tenants.lifecycle.catalog_rows import SERVED, existing, require_state, tenant_lock
from manydb.tenants.lifecycle.dumps import write
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.models import Tenant
from manydb.tenants.records import TenantRecord

# Their databases hold nothing that was ever served, or are being dropped.
_WITHOUT_DATA = (Tenant.State.CREATING, Tenant.State.FAILED, Tenant.State.DROPPING)


class FleetDump:
    """A backup of every tenant, into a new folder in ``directory`` or into one that is not complete yet.

    Args:
        wait: seconds to wait for a command that is working on a tenant.
        proof: restore each dump into a scratch database and compare, before it gets its name.
    """

    def __init__(
        self, directory: Path, *, wait: float = 0, proof: bool = True, report: Report = silent
    ) -> None:
        self.directory, self.wait, self.proof, self.report = directory, wait, proof, report
        self.contents: Contents | None = None
        self.left_out: dict[str, str] = {}
        self._failed: set[str] = set()  # names
        self._writing = Lock()

    @contextmanager
    def begun(self) -> Iterator[Folder]:
        """Keeps other runs out, and yields the folder of the backup.

        Raises:
            ProvisioningError: another run is at work, or the directory can't be written to.
        """
        with only_run():
            try:
                self.progress = Progress.newest_in(self.directory) or Progress.begun(
                    Folder.new_in(self.directory)
                )
            except OSError as error:
                raise ProvisioningError(
                    f"{self.directory} can't be written to: {error.strerror}. Name another directory."
                ) from None
            yield self.progress.folder

    def run(self, jobs: int, stop: Stopping) -> Iterator[Outcome]:
        """Dumps the tenants, and yields what came of each. Completes the backup if none failed.

        Raises:
            LeaseLost: another run has taken over.
        """
        while tenants := [*self._lacking()]:
            for outcome in in_threads(self._dump, tenants, jobs, stop):
                if outcome.left:
                    self.left_out[outcome.name] = outcome.left
                if outcome.error:
                    self._failed.add(outcome.name)
                confirm()
                yield outcome
            if stop.asked or self._failed:
                return
        if not stop.asked:
            self._complete()

    def _complete(self) -> None:
        confirm()
        try:
            self.contents = self.progress.complete(self.left_out)
        except OSError as error:
            raise ProvisioningError(
                f"The manifest can't be written: {error.strerror}. Run the command again."
            ) from None

    def _lacking(self) -> Iterator[TenantRecord]:
        """Yields the tenants that the backup lacks: all of them at first, then those that were made meanwhile."""
        for record in catalog.iterate():
            entry = self.progress.entries.get(record.uuid)
            is_there = entry is not None and entry.name == record.name
            if not (is_there or record.name in self.left_out):
                yield record

    def _dump(self, record: TenantRecord) -> Outcome:
        name = record.name
        if record.state in _WITHOUT_DATA:
            return Outcome(name, left=f"it is {record.state}")
        try:
            with tenant_lock(name, wait=self.wait):
                if catalog.find(name, fresh=True) is None:
                    return Outcome(name, left="it was dropped meanwhile")
                entry = self._locked(existing(name))
        except (ProvisioningError, Error, OSError) as error:
            return Outcome(name, error=sentence(error))
        rows = "" if entry.rows is None else f", {entry.rows} rows"
        return Outcome(name, done=f"{entry.file}, {entry.bytes} bytes{rows}")

    def _locked(self, row: Tenant) -> Entry:
        require_state(row, *SERVED)
        operation = Operation(row, self.report)
        path = self.progress.folder.path / f"{row.name}-{row.uuid.hex[:8]}.zip"
        path.unlink(missing_ok=True)  # of a run that was killed before it could note this file
        begun_at = now()
        with operation.database.tables.connect() as connection:
            position = position_of(connection)
        manifest = write(operation, path, proof=self.proof)
        entry = Entry(
            name=row.name,
            uuid=str(row.uuid),
            state=row.state,
            server=row.server,
            file=path.name,
            bytes=path.stat().st_size,
            sha256=checksum(path),
            begun_at=begun_at,
            made_at=manifest.made_at,
            position=position,
            rows=None if manifest.rows is None else sum(manifest.rows.values()),
        )
        with self._writing:
            self.progress.add(entry)
        return entry
