"""A tenant in a file: a ZIP archive with the dump of the engine's own tool, and with what it is of.

The archive's checksums tell a damaged file, ``manifest.json`` tells a wrong one.
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

from manydb.tenants.lifecycle.claims import SERVED, existing, in_state, place_of, working_on
from manydb.tenants.lifecycle.counting import compare, rows
from manydb.tenants.lifecycle.engines import Engine, engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.manifest import Manifest
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.reporting import Say, nothing
from manydb.tenants.models import Tenant

_MANIFEST = "manifest.json"


def dump(name: str, path: Path, *, say: Say = nothing) -> Manifest:
    """Writes a tenant's database, as it is at one moment, into a file; the tenant is served meanwhile.

    Raises:
        ProvisioningError: the file is there already, or the engine's tool is missing or has failed.
    """
    with working_on(name):
        row = existing(name)
        in_state(row, *SERVED)
        return write(row, path, say)


def write(row: Tenant, path: Path, say: Say) -> Manifest:
    """As ``dump``, for a tenant that the caller works on. The file is whole or not there."""
    if path.exists():
        raise ProvisioningError(f"{path} is there already: name another file.")
    if not path.parent.is_dir():
        raise ProvisioningError(f"There is no folder {path.parent}: make it, or name another file.")
    say(f"dumping {row.name} into {path}")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with _private(unfinished) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            manifest = _dump_into(archive, row)
            archive.writestr(_MANIFEST, manifest.to_json())
        unfinished.rename(path)
    except (Error, OSError) as error:
        raise ProvisioningError(f"{row.name!r} was not dumped: {sentence(error)}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def _dump_into(archive: ZipFile, row: Tenant) -> Manifest:
    engine = engine_of(place_of(row))
    place = engine.tables_of(place_of(row))
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
    """A new file that only its owner may read: it holds all that a customer has."""
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o600), "wb") as file:
        yield file


def read(path: Path) -> Manifest:
    """What a file is a dump of.

    Raises:
        ProvisioningError: it is none, or not there.
    """
    try:
        with ZipFile(path) as archive:
            return Manifest.from_json(archive.read(_MANIFEST))
    except FileNotFoundError:
        raise ProvisioningError(f"There is no file {path}.") from None
    except (BadZipFile, KeyError, ValueError, TypeError, OSError):
        raise ProvisioningError(f"{path} is not a file of dump_tenant, or it is damaged.") from None


def load(path: Path, manifest: Manifest, engine: Engine, place: Place) -> None:
    """Fills an empty database from a dump, and counts what has arrived.

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
