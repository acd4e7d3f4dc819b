"""``list_filter`` on a DatabaseReference, in any class of the admin: it offers rows and not their keys."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter, FieldListFilter
from django.contrib.admin.views.main import ChangeList

from manydb.core.references import DatabaseReference


class ReferenceListFilter(AllValuesFieldListFilter):
    """The rows that are referred to."""

    field: DatabaseReference

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        choices: list[Any] = list(super().choices(changelist))
        keys = [key for key in self.lookup_choices if key is not None]
        names = {str(row.pk): str(row) for row in self.field.rows().filter(pk__in=keys)}
        for choice in choices:
            yield {**choice, "display": names.get(str(choice["display"]), choice["display"])}


FieldListFilter.register(
    lambda field: isinstance(field, DatabaseReference), ReferenceListFilter, take_priority=True
)
