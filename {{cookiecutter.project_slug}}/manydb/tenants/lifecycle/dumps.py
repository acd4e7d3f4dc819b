"""Dumps of tenants: ZIP archives with the output of the server's own tool, and a manifest.

The manifest's checksums detect a damaged file, the manifest itself a wrong one. Neither is proof against a forged
file: what one may do is decided where it is loaded.
"""

import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, cast
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from django.db import Error
from django.db.migrations.recorder import MigrationRecorder

from manydb.tenants.lifecycle.catalog_rows import SERVED, existing, require_state, tenant_lock
from manydb.tenants.lifecycle.counting import compare, rows
from manydb.tenants.lifecycle.engines import Engine
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.manifest import Manifest
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.template import template_for
from manydb.tenants.models import Tenant

_MANIFEST = "manifest.json"
_CODE = "code.sql"
_LARGEST_MANIFEST = 10_000_000  # bytes
_CHUNK = 1 << 20


def dump(name: str, path: Path, *, proof: bool = True, report: Report = silent) -> Manifest:
    """Writes a tenant's database, as it is at one moment, into a file. The tenant stays online.

    Args:
        proof: restore the file into a scratch database and compare, before it gets its name.

    Raises:
        ProvisioningError: the file exists already, the server's tool is missing or has failed, or what was
            written can't be restored.
    """
    with tenant_lock(name):
        row = existing(name)
        require_state(row, *SERVED)
        return write(Operation(row, report), path, proof=proof)


def write(operation: Operation, path: Path, *, proof: bool = True) -> Manifest:
    """Writes the dump of a tenant that the caller has locked. The file is complete, and proved, or does not exist.

    Raises:
        ProvisioningError: what ``dump`` raises it for.
    """
    if path.exists():
        raise ProvisioningError(f"{path} exists already. Name another file.")
    if not path.parent.is_dir():
        raise ProvisioningError(
            f"There is no folder {path.parent}. Create it, or name another file."
        )
    name = operation.row.name
    operation.report(f"dumping {name} into {path}")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with _private(unfinished) as file:
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                manifest = _dump_into(archive, operation)
                archive.writestr(_MANIFEST, manifest.to_json())
            file.flush()
            os.fsync(file.fileno())
        if proof:
            prove(unfinished, manifest, operation)
        unfinished.rename(path)
    except (Error, OSError) as error:
        raise ProvisioningError(f"{name!r} was not dumped: {sentence(error)}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def _dump_into(archive: ZipFile, operation: Operation) -> Manifest:
    row, engine, place = operation.row, operation.database.engine, operation.database.tables
    with place.in_its_place() as connection:  # where the recorder's queries go, by their alias
        vendor = connection.vendor
        migrations = sorted(MigrationRecorder(connection).applied_migrations())
    name = f"{row.name}.{engine.suffix}"
    with archive.open(name, "w", force_zip64=True) as data:
        summed = _Summed(data)
        counts = engine.dump(place, cast(IO[bytes], summed), quiet=row.state != Tenant.State.READY)
    checksums = {name: summed.checksum()}
    code = BytesIO()
    engine.dump_code(place, code)
    if code.getvalue():
        archive.writestr(_CODE, code.getvalue())
        checksums[_CODE] = hashlib.sha256(code.getvalue()).hexdigest()
    return Manifest(
        tenant=row.name,
        uuid=str(row.uuid),
        engine=vendor,
        data=name,
        code=_CODE if code.getvalue() else "",
        checksums=checksums,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        migrations=[f"{app}.{migration}" for app, migration in migrations],
        hostnames=list(row.hostnames.values_list("host", flat=True)),
        rows=counts,
    )


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """Opens a new file that only its owner may read, because it holds a customer's data. No link is followed."""
    path.unlink(missing_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o600), "wb") as file:
        yield file


class _Summed:
    """A file that is being written, with the checksum of what was written so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sum = hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self._sum.update(chunk)
        return self._file.write(chunk)

    def checksum(self) -> str:
        return self._sum.hexdigest()


def prove(path: Path, manifest: Manifest, operation: Operation) -> None:
    """Restores a dump that was just written into a scratch database, and compares.

    Raises:
        ProvisioningError: it can't be restored, or something is missing.
    """
    database = operation.database
    said = path.name.removesuffix(".unfinished")
    operation.report(f"proving {said} in {database.proof.name}")
    try:
        with database.proving() as fresh:
            load(path, manifest, database.engine, fresh, trusted=True)
            with fresh.connect() as copy, database.tables.connect() as original:
                found, expected = rows(copy), rows(original)
            if missing := sorted(expected.keys() - found.keys()):
                raise ProvisioningError(
                    f"Table {missing[0]} is missing. Look at the messages of the restore."
                )
    except ProvisioningError as error:
        raise ProvisioningError(
            f"{operation.row.name!r} was dumped, but the dump can't be restored, so it was removed: {error} "
            "To keep such a dump, add --no-proof."
        ) from error


def read(path: Path) -> Manifest:
    """Returns the manifest of a dump.

    Raises:
        ProvisioningError: the file does not exist, or is not a dump.
    """
    try:
        with ZipFile(path) as archive:
            if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
                raise ValueError("The manifest is too large.")
            return Manifest.from_json(archive.read(_MANIFEST))
    except FileNotFoundError:
        raise ProvisioningError(f"There is no file {path}. Name a file of dump_tenant.") from None
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, OSError, RecursionError):
        raise ProvisioningError(
            f"{path} is not a file of dump_tenant, or it is damaged. Name another file."
        ) from None


def load(
    path: Path,
    manifest: Manifest,
    engine: Engine,
    place: Place,
    *,
    trusted: bool = False,
    with_code: bool = False,
) -> None:
    """Fills an empty database from a dump, and counts the rows of each table.

    Code in the dump is left out, unless the caller vouches for it (``with_code``), or has just written the file
    (``trusted``).

    Raises:
        ProvisioningError: the file is damaged, the tool failed, or rows are missing.
    """
    try:
        with ZipFile(path) as archive:
            for name, checksum in manifest.checksums.items():
                _check(archive, name, checksum)
            has_code = bool(manifest.code)
            keeps_code = trusted or with_code
            with archive.open(manifest.data) as data:
                has_code = has_code or (not keeps_code and engine.has_code(data))
            if has_code and not keeps_code:
                _copy_templates_code(engine, place, after=False)
            with archive.open(manifest.data) as data:
                engine.load(place, data, trusted=trusted, with_code=with_code)
            if has_code and not keeps_code:
                _copy_templates_code(engine, place, after=True)
            elif manifest.code:
                with archive.open(manifest.code) as code:
                    engine.load_code(place, code)
    except (BadZipFile, KeyError, EOFError, zlib.error) as error:
        raise ProvisioningError(f"{path} is damaged: {sentence(error)}") from None
    if manifest.rows is not None:
        with place.connect() as connection:
            compare(manifest.rows, rows(connection))


def _check(archive: ZipFile, name: str, checksum: str) -> None:
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while chunk := member.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != checksum:
        raise BadZipFile(f"The checksum of {name} is another one.")


def _copy_templates_code(engine: Engine, place: Place, *, after: bool) -> None:
    """Makes the views, triggers and functions that the project's own migrations make, and none of a dump's."""
    engine.copy_code(template_for(place, engine, silent), place, after=after)
