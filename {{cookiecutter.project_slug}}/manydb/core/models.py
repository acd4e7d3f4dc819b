"""The base of models that live in tenants' databases.

A model that lives in one shared database needs no base: ``_DATABASE = "accounts"`` on the model pins
it there, and no mark at all means ``default``.
"""

from collections.abc import Collection
from typing import Any, Self

from django.db import models

from manydb.core.ownership import current, ownership
from manydb.core.querysets import TenantManager, TenantQuerySet
from manydb.core.routing import PER_TENANT

__all__ = ["TenantManager", "TenantModel", "TenantQuerySet", "TenantRow"]


class TenantRow(models.Model):
    """What a row of a tenant does. Models of packages get this base, which adds neither a field nor a manager."""

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = current.get()  # for each row: no calls
        self._state.tenant = None if active is None else active.owner  # type: ignore[attr-defined]

    def __eq__(self, other: object) -> bool:
        """Rows of two tenants may have the same key and are not the same."""
        same = super().__eq__(other)
        if same is not True or not isinstance(other, TenantRow):
            return same
        ours, theirs = ownership().of_object(self), ownership().of_object(other)
        return None in (ours, theirs) or ours == theirs

    __hash__ = models.Model.__hash__

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Any, fetch_mode: Any = None
    ) -> Self:
        """A row that was read, made as Django makes it, without another call to mark whose it is."""
        if (
            cls.__init__ is not _marking_init
            or not (_plainly.get(cls) or _is_made_plainly(cls))  # a call less for each row
            or len(values) != len(cls._meta.concrete_fields)
        ):
            more = {} if fetch_mode is None else {"fetch_mode": fetch_mode}  # Django 6.1 has it
            return super().from_db(db, field_names, values, **more)
        row = cls.__new__(cls)
        models.Model.__init__(row, *values)
        state: Any = row._state
        active = current.get()
        state.tenant = None if active is None else active.owner
        state.adding = False
        state.db = db
        if fetch_mode is not None:
            state.fetch_mode = fetch_mode
        return row

    # Where Django asks no router. ``save()`` has a signal (``ownership``).

    def delete(
        self, using: str | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, dict[str, int]]:
        ownership().refuse_object(self, using)
        return super().delete(using, *args, **kwargs)

    def refresh_from_db(self, using: str | None = None, *args: Any, **kwargs: Any) -> None:
        ownership().refuse_object(self, using)
        super().refresh_from_db(using, *args, **kwargs)

    def validate_unique(self, *args: Any, **kwargs: Any) -> None:
        ownership().refuse_object(self)
        super().validate_unique(*args, **kwargs)


_marking_init = TenantRow.__init__
_plainly: dict[type[models.Model], bool] = {}


def _is_made_plainly(model: type[models.Model]) -> bool:
    """Whether nothing but ``TenantRow`` and Django has a say in how an object of this model is made."""
    found = _plainly.get(model)
    if found is None:
        kinds = model.__mro__
        after = kinds[kinds.index(TenantRow) + 1 :]
        init = next(kind for kind in after if "__init__" in vars(kind))
        plain = model.__new__ is object.__new__ and type(model).__call__ is type.__call__
        found = _plainly[model] = plain and init is models.Model
    return found


class TenantModel(TenantRow):
    """A model with one table in each tenant's database.

    With tenants the active tenant chooses the database; without them ``.using("ACME")`` names it. An object
    belongs to the tenant whose database it is in; a new one, to the tenant that was active when it was made.
    While another tenant is active, using it raises ``WrongTenant``.
    """

    _DATABASE = PER_TENANT

    objects = TenantManager()

    class Meta:
        abstract = True
