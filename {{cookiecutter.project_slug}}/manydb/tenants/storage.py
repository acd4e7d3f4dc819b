"""Stored files of each tenant in a folder of its own, which no name leads out of.

The folder is named by the tenant's UUID: a tenant that is renamed keeps its files, and a later tenant of its name
finds none. A file's name in the database does not hold the tenant.
"""

import logging
import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from django.core.files.storage import Storage, default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.urls import get_script_prefix
from django.utils.module_loading import import_string

from manydb.core.conf import conf
from manydb.core.exceptions import TenantRequired
from manydb.core.log_once import warn_once
from manydb.tenants.advice import advice
from manydb.tenants.context import current_identity, current_tenant

_logger = logging.getLogger(__name__)
_IS_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TenantStorage(Storage):
    """Any storage, in which each tenant sees its own folder only.

    ``OPTIONS`` name the storage as ``backend``, by default files under ``MEDIA_ROOT``; the rest is for it.

    Raises, all methods:
        TenantRequired: no tenant is active.
        SuspiciousFileOperation: the name leads out of the tenant's folder.
    """

    def __init__(
        self, backend: str = "django.core.files.storage.FileSystemStorage", **options: Any
    ) -> None:
        self.inner: Storage = import_string(backend)(**options)

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        return self.inner.open(_inside(name), mode)

    def _save(self, name: str, content: "File[Any]") -> str:
        saved = self.inner.save(_inside(name), content)
        return saved.replace("\\", "/").partition("/")[2]

    def exists(self, name: str) -> bool:
        return self.inner.exists(_inside(name))

    def delete(self, name: str) -> None:
        self.inner.delete(_inside(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        try:
            return self.inner.listdir(_inside(path))
        except FileNotFoundError:
            if path in ("", "."):  # a tenant that has stored nothing has no folder
                return [], []
            raise

    def path(self, name: str) -> str:
        return self.inner.path(_inside(name))

    def size(self, name: str) -> int:
        return self.inner.size(_inside(name))

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        return _below_path(self.inner.url(_inside(name or ""), *args, **kwargs))

    def get_accessed_time(self, name: str) -> datetime:
        return self.inner.get_accessed_time(_inside(name))

    def get_created_time(self, name: str) -> datetime:
        return self.inner.get_created_time(_inside(name))

    def get_modified_time(self, name: str) -> datetime:
        return self.inner.get_modified_time(_inside(name))


def _inside(name: str) -> str:
    if not (tenant := current_identity()):
        raise TenantRequired(f"Stored files belong to tenants and none is active: {advice()}")
    path = PurePosixPath(str(name).replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise SuspiciousFileOperation(f"{name!r} leads out of the folder of {current_tenant()!r}.")
    return str(PurePosixPath(tenant, path))


def _below_path(address: str) -> str:
    """Returns the address for the view below where a path names the tenant, which ``/media/…`` does not."""
    prefix = get_script_prefix()
    outside = prefix.removesuffix(f"{conf.TENANT_PATH[1:]}{current_tenant()}/")
    if not address.startswith(settings.MEDIA_URL):
        return address
    return prefix + address.removeprefix(outside)


def media(request: HttpRequest, tenant: str, name: str) -> FileResponse:
    """A stored file, on its own tenant's host only; as a download, since it may hold anything."""
    if tenant != current_identity():
        if not _IS_UUID.fullmatch(tenant):
            warn_once(
                _logger,
                "An address of a stored file names no tenant by its UUID and was refused, such as %s: stored "
                "files are in a folder that has the tenant's UUID.",
                request.path,
            )
        raise Http404
    try:
        return FileResponse(default_storage.open(name), as_attachment=True)
    except (OSError, ValueError, SuspiciousFileOperation) as error:
        # No such file, or no name that a file can have: with a NUL, too long, below a file.
        raise Http404 from error
