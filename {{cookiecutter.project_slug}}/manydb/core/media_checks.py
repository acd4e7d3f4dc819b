"""Finds, before a deployment, that uploads would fail."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.core.files.storage import FileSystemStorage, Storage, storages


@register(Tags.files, deploy=True)
def check_media_root(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W014: the folder of stored files can't be written to by this user."""
    return [
        Warning(
            f"STORAGES[{alias!r}] stores files in {folder}, which this process can't write to.",
            hint="Make it a folder of the user that serves pages, such as a volume, or set MEDIA_ROOT to one.",
            id="manydb.W014",
        )
        for alias in settings.STORAGES
        if alias != "staticfiles"
        and (folder := _folder_of(storages[alias])) is not None
        and not is_writable(folder)
    ]


def _folder_of(storage: Storage) -> Path | None:
    inner = getattr(storage, "inner", storage)  # of TenantStorage
    return Path(inner.location) if isinstance(inner, FileSystemStorage) else None


def is_writable(folder: Path) -> bool:
    """Whether files can be made in the folder, or the folder itself if it is not there yet."""
    while not os.path.exists(folder) and folder != folder.parent:  # which Path.exists may not say
        folder = folder.parent
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)
