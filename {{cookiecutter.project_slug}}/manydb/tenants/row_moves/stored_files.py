"""The stored files that moved rows name: each tenant's are copied into its folder of the storage."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.db.models import FileField, Model

from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.storage import TenantStorage


class Files:
    """Copies files and counts them. What a storage keeps that is not the engine's is not the tenants' own."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.copied = 0
        self.missing: list[str] = []

    def copy(
        self, model: type[Model], fields: Sequence[Any], rows: Sequence[Sequence[Any]]
    ) -> None:
        for at, each in enumerate(fields):
            if isinstance(each, FileField) and (storage := of_tenants(each.storage)):
                for row in rows:
                    if row[at]:
                        self._copy_one(storage, str(row[at]))

    def _copy_one(self, storage: TenantStorage, name: str) -> None:
        if storage.exists(name):
            return  # an earlier run has copied it, or two rows have the same
        try:
            with storage.inner.open(name) as file:
                saved = storage.save(name, file)
        except (OSError, SuspiciousFileOperation):
            self.missing.append(name)
            return
        if saved != name:
            raise ProvisioningError(
                f"The storage keeps {name!r} of {self.tenant!r} as {saved!r}: a file has that name already. Remove it, then run this again."
            )
        self.copied += 1

    def said(self) -> str:
        missing = (
            f", {len(self.missing)} missing, such as {self.missing[0]}" if self.missing else ""
        )
        return f"{self.tenant}: {self.copied} files copied{missing}"


def of_tenants(storage: Any) -> TenantStorage | None:
    """The storage itself, which may be a lazy one, if it is the engine's."""
    return storage if isinstance(storage, TenantStorage) else None
