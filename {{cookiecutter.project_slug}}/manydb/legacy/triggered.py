"""Tables whose rows the server changes by itself when they are written, most often the time of the last change."""

import copy
from typing import Any, Self

from django.db import models

from manydb.core.routing import facts


class TriggeredModel(models.Model):
    """What was not changed is not sent, or the server would not set it, or set it all the same.

    After it was written, the row is read again.
    """

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
        changed = self._changed()
        if changed and using == self._state.db and not forced and not kwargs.get("update_fields"):
            kwargs["update_fields"] = frozenset(changed)
        super().save_base(*args, **kwargs)
        try:
            self.refresh_from_db(using=using)
        except type(self).DoesNotExist:
            self._read = None  # the server has moved it elsewhere

    def _changed(self) -> set[str]:
        """The fields that differ from what was read; none if that is not known, or if it is another row's key."""
        now, read = self._values(), self._read or {}
        names = {name for name in now if name not in read or now[name] != read[name]}
        fields = {field.name: field for field in self._meta.concrete_fields if field.column}
        keys = {field.attname for field in self._meta.pk_fields}
        if not read or self._state.adding or names & keys:
            return set()
        return {name for name, field in fields.items() if field.attname in names}

    _read: dict[str, Any] | None = None

    def _values(self) -> dict[str, Any]:
        names = (field.attname for field in self._meta.concrete_fields)
        loaded = {name: self.__dict__[name] for name in names if name in self.__dict__}
        # What can be changed in place is copied.
        return {
            name: copy.deepcopy(value) if isinstance(value, list | dict) else value
            for name, value in loaded.items()
        }
