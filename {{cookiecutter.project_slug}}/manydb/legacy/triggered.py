"""Tables whose UPDATE triggers change rows by themselves, most often the time of the last change."""

import copy
from typing import Any, Self

from django.db import models

from manydb.core.routing import facts


class TriggeredModel(models.Model):
    """A row that is saved as it was read is not sent, or a trigger would change it all the same."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **options: Any) -> Self:
        instance = super().from_db(db, field_names, values, **options)
        instance._read = instance._values()
        return instance

    def refresh_from_db(
        self, using: Any = None, fields: Any = None, from_queryset: Any = None
    ) -> None:
        super().refresh_from_db(using, fields, from_queryset)
        # A deferred field is read in this way, too, and what else has changed by then is still to be saved.
        anew = {
            field.attname
            for field in self._meta.concrete_fields
            if fields is None or not {field.name, field.attname}.isdisjoint(fields)
        }
        now = self._values()
        self._read = {**(self._read or {}), **{name: now[name] for name in anew & now.keys()}}

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        using = kwargs.get("using") or self._state.db
        forced = kwargs.get("force_insert") or kwargs.get("force_update")
        same = using == self._state.db and self._values() == self._read
        # A database that is only read refuses this one, too.
        if same and not forced and not facts(str(using)).get("READ_ONLY"):
            return
        super().save_base(*args, **kwargs)
        self._read = None

    _read: dict[str, Any] | None = None

    def _values(self) -> dict[str, Any]:
        names = (field.attname for field in self._meta.concrete_fields)
        loaded = {name: self.__dict__[name] for name in names if name in self.__dict__}
        # What can be changed in place is copied.
        return {
            name: copy.deepcopy(value) if isinstance(value, list | dict) else value
            for name, value in loaded.items()
        }
