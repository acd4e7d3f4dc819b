"""Stored files of a tenant that is renamed: they move with it, and no other tenant finds them.

Dropping, dumping, cloning and moving a tenant is about its database and leaves its files where they are.
"""

from collections.abc import Iterator

from django.core.files.storage import Storage, storages

from manydb.tenants.storage import TenantStorage


def has_files(tenant: str) -> bool:
    """Whether files are stored under this name, from an earlier tenant for instance."""
    inner = _inner()
    return inner is not None and next(_files(inner, tenant), None) is not None


def rename_files(tenant: str, new: str) -> int:
    """Moves a tenant's files to another name, one by one; called again, it moves what came meanwhile.

    Returns:
        how many it moved.
    """
    if (inner := _inner()) is None:
        return 0
    names = list(_files(inner, tenant))
    for name in names:
        with inner.open(name) as file:
            inner.save(new + name.removeprefix(tenant), file)
        inner.delete(name)
    return len(names)


def _inner() -> Storage | None:
    """The storage of all tenants' files, if they are kept apart at all."""
    storage = storages["default"]
    return storage.inner if isinstance(storage, TenantStorage) else None


def _files(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _files(storage, f"{folder}/{name}")
