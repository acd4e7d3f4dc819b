"""Dumps of tenants: ZIP archives with the output of the server's own tool, and a manifest.

The archive's checksums detect a damaged file, ``manifest.json`` a wrong one.
"""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
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
from manydb.tenants.models import Tenant

_MANIFEST = "manifest.json"


def dump(name: str, path: Path, *, report: Report = silent) -> Manifest:
    """Writes a tenant's database, as it is at one moment, into a file. The tenant stays online.

    Raises:
        ProvisioningError: the file exists already, or the server's tool is missing or has failed.
    """
    with tenant_lock(name):
        row = existing(name)
        require_state(row, *SERVED)
        return write(Operation(row, report), path)


def write(operation: Operation, path: Path) -> Manifest:
    """Writes the dump of a tenant that the caller has locked. The file is complete or does not exist.

    Raises:
        ProvisioningError: the file exists already, or the server's tool is missing or has failed.
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
        with _private(unfinished) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            manifest = _dump_into(archive, operation)
            archive.writestr(_MANIFEST, manifest.to_json())
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
        counts = engine.dump(place, data, quiet=row.state != Tenant.State.READY)
    return Manifest(
        tenant=row.name,
        engine=vendor,
        data=name,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        migrations=[f"{app}.{migration}" for app, migration in migrations],
        hostnames=list(row.hostnames.values_list("host", flat=True)),
        rows=counts,
    )


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """Opens a new file that only its owner may read, because it holds a customer's data."""
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o600), "wb") as file:
        yield file


def read(path: Path) -> Manifest:
    """Returns the manifest of a dump.

    Raises:
        ProvisioningError: the file does not exist, or is not a dump.
    """
    try:
        with ZipFile(path) as archive:
            return Manifest.from_json(archive.read(_MANIFEST))
    except FileNotFoundError:
        raise ProvisioningError(f"There is no file {path}. Name a file of dump_tenant.") from None
    except (BadZipFile, KeyError, ValueError, TypeError, OSError):
        raise ProvisioningError(
            f"{path} is not a file of dump_tenant, or it is damaged. Name another file."
        ) from None


def load(path: Path, manifest: Manifest, engine: Engine, place: Place) -> None:
    """Fills an empty database from a dump, and counts the rows of each table.

    Raises:
        ProvisioningError: the file is damaged, the tool failed, or rows are missing.
    """
    try:
        with ZipFile(path) as archive, archive.open(manifest.data) as data:
            engine.load(place, data)
    except (BadZipFile, KeyError, EOFError, zlib.error) as error:
        raise ProvisioningError(f"{path} is damaged: {sentence(error)}") from None
    if manifest.rows is not None:
        with place.connect() as connection:
            compare(manifest.rows, rows(connection))
