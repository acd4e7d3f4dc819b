"""Removing old backups: whole folders, and nothing that this project has not written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from manydb.tenants.lifecycle.backups.contents import FILE
from manydb.tenants.lifecycle.backups.folder import MANIFEST, PROGRESS, UNFINISHED, Folder
from manydb.tenants.lifecycle.errors import ProvisioningError

_REMOVED = ".removed"


def older_than(directory: Path, days: int) -> list[Folder]:
    """Returns the backups in a directory that were begun more than so many days ago."""
    latest = datetime.now(UTC) - timedelta(days=days)
    return [folder for folder in Folder.all_in(directory) if folder.begun < latest]


def remove(folder: Folder) -> None:
    """Removes a backup. Its folder gets another name first, so that the half of one is never taken for a whole.

    Raises:
        ProvisioningError: there is something in the folder that no backup writes, or it can't be removed.
    """
    try:
        names = [path.name for path in folder.path.iterdir()]
        if other := sorted(name for name in names if not _is_ours(name)):
            raise ProvisioningError(
                f"{folder.path} was not removed: {other[0]} in it is not of a backup. Move that elsewhere."
            )
        _empty(folder.path.rename(folder.path.with_name(folder.path.name + _REMOVED)))
    except OSError as error:
        raise ProvisioningError(
            f"{folder.path} was not removed ({error.strerror}). Remove it, then run the command again."
        ) from None


def remove_rest(directory: Path) -> None:
    """Removes what a run left that was killed while it removed a backup."""
    for path in directory.glob(f"*Z{_REMOVED}"):
        if path.is_dir() and not path.is_symlink():
            _empty(path)


def _empty(path: Path) -> None:
    for each in path.iterdir():
        if _is_ours(each.name):
            each.unlink()
    path.rmdir()


def _is_ours(name: str) -> bool:
    plain = name.removesuffix(UNFINISHED)
    return plain in (MANIFEST, PROGRESS) or bool(FILE.fullmatch(plain))
