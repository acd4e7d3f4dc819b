"""A backup on disk: a folder named by the moment at which it was begun.

While it is made, ``progress.jsonl`` gets a signed line for each dump that is complete and proved. A run that was killed
leaves at most one line that is cut off, and the next run goes on behind the others. A complete backup has
``manifest.json`` instead, which is signed as well.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from manydb.core.routing import prefix
from manydb.tenants.lifecycle.backups.contents import FILE, Contents, Entry, now
from manydb.tenants.lifecycle.backups.server_positions import shared_positions
from manydb.tenants.lifecycle.backups.signatures import is_ours, signed, without_signature
from manydb.tenants.lifecycle.errors import ProvisioningError

MANIFEST, PROGRESS = "manifest.json", "progress.jsonl"
UNFINISHED = ".unfinished"
GO_ON = timedelta(hours=12)  # a backup that was begun earlier is too old to be completed

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"\d{8}T\d{6}Z")
_LARGEST = 500_000_000  # bytes of a manifest
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one backup."""

    path: Path

    @property
    def begun(self) -> datetime:
        """The moment by which the folder is named."""
        return datetime.strptime(self.path.name, _STAMP).replace(tzinfo=UTC)

    @property
    def is_complete(self) -> bool:
        return (self.path / MANIFEST).is_file()

    @property
    def has_dumps(self) -> bool:
        return any(self.path.glob("*.zip*"))

    @classmethod
    def all_in(cls, directory: Path) -> list["Folder"]:
        """Returns the backups in a directory, the oldest first. Links are none of them.

        Raises:
            ProvisioningError: there is no such directory, or it can't be read.
        """
        try:
            found = [
                each
                for each in directory.iterdir()
                if _NAME.fullmatch(each.name) and each.is_dir() and not each.is_symlink()
            ]
        except OSError as error:
            raise ProvisioningError(
                f"{directory} is not a directory that can be read ({error.strerror}). Create it, or name another one."
            ) from None
        return [cls(each) for each in sorted(found)]

    @classmethod
    def new_in(cls, directory: Path) -> "Folder":
        """Makes the folder of a backup that begins now."""
        moment = datetime.now(UTC)
        while True:
            path = directory / moment.strftime(_STAMP)
            with suppress(FileExistsError):
                path.mkdir(mode=0o700)
                return cls(path)
            moment += timedelta(seconds=1)

    def contents(self, *, trust: bool = False) -> Contents:
        """Reads the manifest.

        Args:
            trust: the caller vouches for the folder, with any signature.

        Raises:
            ProvisioningError: there is none, it is damaged, or this project has not signed it.
        """
        path = self.path / MANIFEST
        try:
            if path.stat().st_size > _LARGEST:
                raise ValueError("The manifest is too large.")
            said = json.loads(path.read_bytes())
            contents = Contents.of(without_signature(said))
        except FileNotFoundError:
            raise ProvisioningError(
                f"{self.path} is not a complete backup: it has no {MANIFEST}. Name another one, or complete it with "
                f"dump_tenant --all {self.path.parent}."
            ) from None
        except OSError as error:
            raise ProvisioningError(
                f"{path} can't be read ({error.strerror}). Give this account the right to read it."
            ) from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ProvisioningError(
                f"{path} is not a manifest of dump_tenant --all, or it is damaged. Name another backup."
            ) from None
        if contents.project != prefix():
            raise ProvisioningError(
                f"{self.path} is a backup of another project, whose databases start with {contents.project!r}. "
                "Restore it there."
            )
        if not (trust or is_ours("manifest", said)):
            raise ProvisioningError(
                f"{path} is not signed with this project's SECRET_KEY or a key of SECRET_KEY_FALLBACKS. If the key was "
                "lost and you trust the folder, add --trust."
            )
        return contents

    def file(self, entry: Entry) -> Path:
        """Returns the dump of an entry.

        Raises:
            ProvisioningError: it is missing, a link, or another file than the one that was written.
        """
        path = self.path / entry.file
        try:
            is_same = (
                path.is_file()
                and not path.is_symlink()
                and path.stat().st_size == entry.bytes
                and checksum(path) == entry.sha256
            )
        except OSError as error:
            raise ProvisioningError(
                f"{path} can't be read ({error.strerror}). Give this account the right to read it."
            ) from None
        if not is_same:
            raise ProvisioningError(
                f"{path} is missing or is not the file that was written. Restore another backup of this tenant."
            )
        return path

    def has(self, entry: Entry) -> bool:
        """Whether the dump of an entry is there; its size is compared, and its bytes are not read."""
        path = self.path / entry.file
        return path.is_file() and not path.is_symlink() and path.stat().st_size == entry.bytes

    def remove_all_but(self, entries: list[Entry]) -> None:
        """Removes what killed runs have left of dumps."""
        kept = {entry.file for entry in entries}
        for path in self.path.iterdir():
            if FILE.fullmatch(path.name.removesuffix(UNFINISHED)) and path.name not in kept:
                path.unlink()


class Progress:
    """The file ``progress.jsonl`` of a backup that is not complete."""

    def __init__(self, folder: Folder, started_at: str, shared: dict[str, str]) -> None:
        self.folder, self.started_at, self.shared = folder, started_at, shared
        self.entries: dict[str, Entry] = {}  # by UUID

    @classmethod
    def begun(cls, folder: Folder) -> "Progress":
        """Begins a backup in a folder that is empty."""
        progress = cls(folder, now(), shared_positions())
        head = {"started_at": progress.started_at, "shared": progress.shared, "project": prefix()}
        progress.append(signed("progress", head))
        return progress

    @classmethod
    def newest_in(cls, directory: Path) -> "Progress | None":
        """Returns the newest backup, if it is to be completed: it is not complete, ours, and not too old.

        A folder in which a run that was killed has written nothing begins with the next one.
        """
        folders = Folder.all_in(directory)
        if not folders or folders[-1].is_complete:
            return None
        newest = folders[-1]
        if datetime.now(UTC) - newest.begun > GO_ON:
            return None
        lines: Iterator[Any] = _lines(newest.path / PROGRESS)
        head: Any = next(lines, None)
        if head is None and not newest.has_dumps:
            return cls.begun(newest)
        if not is_ours("progress", head) or head["project"] != prefix():
            return None
        progress = cls(newest, head["started_at"], head["shared"])
        for line in lines:
            if is_ours(progress.started_at, line):
                entry = Entry.of(without_signature(line))
                if newest.has(entry):
                    progress.entries[entry.uuid] = entry
        return progress

    def add(self, entry: Entry) -> None:
        """Notes a dump that is complete."""
        self.append(signed(self.started_at, asdict(entry)))
        self.entries[entry.uuid] = entry

    def append(self, line: dict[str, Any]) -> None:
        """Writes a line that is signed."""
        # Behind a line that was cut off, a new one begins.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(self.folder.path / PROGRESS, flags, 0o600), "a") as file:
            file.write(f"\n{json.dumps(line)}\n")
            file.flush()
            os.fsync(file.fileno())

    def complete(self, left_out: dict[str, str]) -> Contents:
        """Writes the manifest, which makes the backup complete, and removes what it replaces."""
        entries = sorted(self.entries.values(), key=lambda entry: entry.name)
        self.folder.remove_all_but(entries)
        contents = Contents(
            started_at=self.started_at,
            finished_at=now(),
            shared={
                alias: {"before": self.shared.get(alias, ""), "after": after}
                for alias, after in shared_positions().items()
            },
            left_out=left_out,
            tenants=entries,
        )
        path = self.folder.path / MANIFEST
        unfinished = path.with_name(MANIFEST + UNFINISHED)
        unfinished.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(unfinished, flags, 0o600), "w") as file:
            json.dump(signed("manifest", contents.as_json()), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        (self.folder.path / PROGRESS).unlink(missing_ok=True)
        return contents


def checksum(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _lines(path: Path) -> Iterator[Any]:
    """Yields the lines that are whole."""
    if path.is_symlink():
        return
    try:
        text = path.read_text(errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        with suppress(ValueError, RecursionError):
            yield json.loads(line)
