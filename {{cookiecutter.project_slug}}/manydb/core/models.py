"""The base of models that live in tenants' databases.

A model that lives in one shared database needs no base: ``_DATABASE = "accounts"`` on the model pins
it there, and no mark at all means ``default``.
"""

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models.signals import post_init, pre_init

from manydb.core.ownership import current, ownership
from manydb.core.querysets import TenantManager, TenantQuerySet
from manydb.core.routing import PER_TENANT
from manydb.patches.plain_rows import Attributes, attributes_of, has_receivers, make

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
        """A row that was read, as Django makes it, without its steps that do nothing for rows of this model."""
        how = _made.get(cls)
        if how is None or how[0] is not cls._meta.concrete_fields:
            how = _how_made(cls)
        attributes = how[1]
        if (
            not attributes
            or len(values) != len(attributes)
            or cls.__init__ is not _marking_init
            or ((pre_init.receivers or post_init.receivers) and has_receivers(cls))
        ):
            more = {} if fetch_mode is None else {"fetch_mode": fetch_mode}  # Django 6.1 has it
            return super().from_db(db, field_names, values, **more)
        row: Self = make(cls, attributes, values, db)
        state: Any = row._state
        active = current.get()
        state.tenant = None if active is None else active.owner
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


# A model of a package had a base without one: code that looks at its bases' options finds what it found.
del TenantRow.Meta

_marking_init = TenantRow.__init__
# By model: its fields, and the attributes of a row that is only filled; no attributes if it is made in another way.
_made: dict[type[models.Model], tuple[Any, Attributes]] = {}


def _how_made(model: type[models.Model]) -> tuple[Any, Attributes]:
    fields = model._meta.concrete_fields
    if has_receivers(model):  # now; and to look closer makes an object
        return fields, ()
    kinds = model.__mro__
    after = kinds[kinds.index(TenantRow) + 1 :]
    init = next(kind for kind in after if "__init__" in vars(kind))
    attributes = attributes_of(model) if init is models.Model else ()
    _made[model] = found = fields, attributes
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
