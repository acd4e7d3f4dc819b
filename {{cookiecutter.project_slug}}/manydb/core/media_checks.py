"""Finds, before a deployment, that uploads would fail."""

import os
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags
from django.core.files.storage import FileSystemStorage, Storage, storages

from manydb.core.findings import Warning
from manydb.core.late_checks import register

PATIENCE = 10.0  # seconds for a store elsewhere


@register(Tags.files, deploy=True)
def check_media_root(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W014: the folder of stored files can't be written to by this user."""
    return [
        Warning(
            f"STORAGES[{alias!r}] stores files in {folder}, which this process can't write to.",
            hint="Make it a folder of the user that serves pages, such as a volume, or set MEDIA_ROOT to one.",
            id="manydb.W014",
        )
        for alias, storage in _stores()
        if isinstance(storage, FileSystemStorage)
        and not is_writable(folder := Path(storage.location))
    ]


@register(Tags.files, deploy=True)
def check_stores(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W016: a store of files elsewhere, such as S3, does not answer."""
    return [
        Warning(
            f"STORAGES[{alias!r}] can't be reached: {said}.",
            hint="Correct its address and its account, or let this network reach it.",
            id="manydb.W016",
        )
        for alias, storage in _stores()
        if not isinstance(storage, FileSystemStorage) and (said := _failure(storage))
    ]


def _stores() -> list[tuple[str, Storage]]:
    """Each store of files that people upload, without the one that keeps tenants apart."""
    names = [alias for alias in settings.STORAGES if alias != "staticfiles"]
    return [(alias, getattr(storages[alias], "inner", storages[alias])) for alias in names]


def _failure(storage: Storage) -> str:
    """Why a store can't say whether it has a file; "" if it can. A thread asks, for a client may try for minutes."""
    said = [f"no answer within {PATIENCE:.0f} s"]

    def ask() -> None:
        try:
            storage.exists("manydb-check")
            said[0] = ""
        except NotImplementedError:  # it can't be asked
            said[0] = ""
        except Exception as error:
            said[0] = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")

    thread = threading.Thread(target=ask, name="check of a store", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return said[0]


def is_writable(folder: Path) -> bool:
    """Whether files can be made in the folder, or the folder itself if it is not there yet."""
    while not os.path.exists(folder) and folder != folder.parent:  # which Path.exists may not say
        folder = folder.parent
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)
