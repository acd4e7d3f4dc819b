"""A change in the catalog is seen at once in the process that makes it."""

import logging
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models.signals import post_delete, post_save

from manydb.core.leases import confirmed
from manydb.core.placement import shared_alias
from manydb.tenants import catalog

_logger = logging.getLogger("manydb.tenants.life")


class Rows(models.QuerySet[Any]):
    """Rows of the catalog, which tells this process also of changes that send no signal.

    A command whose lease another one has taken over changes none of them.
    """

    def update(self, **values: Any) -> int:
        with confirmed():
            rows = super().update(**values)
        changed()
        return rows

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        with confirmed():
            objects = super().bulk_create(*args, **kwargs)
        changed()
        for instance in objects:  # Django sends no signals of them
            if line := _LINES.get(self.model._meta.label):
                line(self.model, instance, created=True)
        return objects

    def delete(self) -> tuple[int, dict[str, int]]:
        with confirmed():
            return super().delete()


class Row(models.Model):
    """A row of the catalog, as ``Rows``."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with confirmed():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with confirmed():
            return super().delete(*args, **kwargs)


def changed(**kwargs: Any) -> None:
    """Asks ``default`` again, now and when others see the change."""
    catalog.forget()
    transaction.on_commit(_Forget(), using=shared_alias())


class _Forget:
    """Forgets when a transaction commits, and also when Django drops this because it is rolled back."""

    def __call__(self) -> None:
        catalog.forget()

    __del__ = __call__


for _signal in (post_save, post_delete):
    for _model in ("manydb_tenants.Tenant", "manydb_tenants.Hostname"):
        _signal.connect(changed, sender=_model, dispatch_uid=f"{__name__}.{_model}")


def _log(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Logs a change in a tenant's life. Its row is written before each step of a command."""
    created, columns = kwargs.get("created"), kwargs.get("update_fields")
    if "created" not in kwargs:
        text = "is no longer in the catalog"
    elif (
        created
        or columns is None
        or not columns.isdisjoint(("state", "command", "phase", "database"))
    ):
        text = f"is {instance.state}" + (f" ({instance.command})" if instance.command else "")
    else:
        text = "was changed: " + ", ".join(sorted(columns))
    names = ("state", "command", "phase", "server", "database", "uuid")
    log_life(instance.name, text, **{name: str(getattr(instance, name)) for name in names})


def _log_host(sender: Any, instance: Any, origin: Any = None, **kwargs: Any) -> None:
    if isinstance(origin, sender | type(None)) or getattr(origin, "model", None) is sender:
        what = "has the host name" if "created" in kwargs else "has lost the host name"
        log_life(instance.tenant.name, f"{what} {instance.host}", host=instance.host)


def log_life(tenant: str, text: str, **fields: str) -> None:
    """Logs a change in a tenant's life when others see it. No field may be secret."""
    fields = {"tenant": tenant} | fields
    write = partial(_logger.info, "%s %s", tenant, text, extra={"fields": fields})
    transaction.on_commit(write, using=shared_alias())


_LINES = {"manydb_tenants.Tenant": _log, "manydb_tenants.Hostname": _log_host}
for _model, _line in _LINES.items():
    for _signal in (post_save, post_delete):
        _signal.connect(_line, sender=_model, dispatch_uid=f"{__name__}.log.{_model}")
