"""Stored files of each tenant in a folder of its own, which no name leads out of.

The folder is named by the tenant's UUID: a tenant that is renamed keeps its files, and a later tenant of its name
finds none. A file's name in the database does not hold the tenant.
"""

import logging
import os
import re
from datetime import datetime
from functools import cache
from pathlib import PurePath, PurePosixPath
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
_FILES = "django.core.files.storage.FileSystemStorage"
_IS_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TenantStorage(Storage):
    """Any storage, in which each tenant sees its own folder only.

    ``OPTIONS`` name the storage as ``backend``, by default files under ``MEDIA_ROOT``; the rest is for it. An instance is
    of the backend's class, too. So its rules for names hold, and what it adds to Django's methods is there, with the
    names of the tenant's folder.

    Raises, all methods:
        TenantRequired: no tenant is active.
        SuspiciousFileOperation: the name leads out of the tenant's folder.
    """

    inner: Storage  # has the files of all tenants

    def __new__(cls, backend: str = _FILES, **options: Any) -> "TenantStorage":
        kinds: Any = _kind_of  # classes are hashable, which type checkers doubt
        kind: type[TenantStorage] = kinds(cls, import_string(backend))
        return object.__new__(kind)

    def __init__(self, backend: str = _FILES, **options: Any) -> None:
        self.inner = import_string(backend)(**options)
        self._options = {"backend": backend, **options}

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "inner"), name)

    def __reduce__(self) -> Any:
        return _made, (type(self).__bases__[0], self._options)

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        """Names the storage in a migration, where a field has it as its own."""
        kind = type(self).__bases__[0]
        return f"{kind.__module__}.{kind.__qualname__}", (), self._options

    @property
    def location(self) -> Any:
        return _folder_in(self.inner.location)  # type: ignore[attr-defined]

    @property
    def base_location(self) -> Any:
        return _folder_in(self.inner.base_location)  # type: ignore[attr-defined]

    def open(self, name: str, mode: str = "rb") -> "File[Any]":
        return self.inner.open(_inside(name), mode)

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        if type(self.inner).save is Storage.save:
            return Storage.save(self, name, content, max_length)
        longest = max_length and max_length + len(_inside("")) + 1
        return self._own(self.inner.save(_inside(name or content.name), content, longest))

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        return self.inner._open(_inside(name), mode)  # type: ignore[attr-defined, no-any-return]

    def _save(self, name: str, content: "File[Any]") -> str:
        return self._own(self.inner._save(_inside(name), content))  # type: ignore[attr-defined]

    def _own(self, saved: str) -> str:
        folder, _, name = saved.replace("\\", "/").partition("/")
        if folder != current_identity():
            raise SuspiciousFileOperation(
                f"{type(self.inner).__name__} saved a file of {current_tenant()!r} as {saved!r}, which is not "
                "in its folder: let the storage keep the folder of a name."
            )
        return name

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


@cache
def _kind_of(outer: type[TenantStorage], backend: type[Storage]) -> Any:
    return type(outer.__name__, (outer, backend), {"__module__": outer.__module__})


def _made(kind: type[TenantStorage], options: dict[str, Any]) -> TenantStorage:
    return kind(**options)


def _folder_in(root: Any) -> Any:
    return root / _inside("") if isinstance(root, PurePath) else os.path.join(root, _inside(""))


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
