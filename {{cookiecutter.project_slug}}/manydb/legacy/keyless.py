"""Rows that nothing tells apart: tables and views without a key can be read, and only that."""

from typing import Any, NoReturn

from django.db import models

from manydb.core.exceptions import ReadOnlyTable


def _refuse(model: type[models.Model]) -> NoReturn:
    raise ReadOnlyTable(
        f"{model._meta.label} is a view or has no key, so Django can't tell its rows apart: "
        "write them with SQL."
    )


class KeylessQuerySet(models.QuerySet[Any]):
    """Filters, counts and iterates; its rows are not to be looked up by ``pk``, which may repeat."""

    def first(self) -> Any:
        """One of the rows. Django would sort them by the column that stands in, and JSON has no order."""
        return next(iter(self[:1]), None)

    def update(self, **kwargs: Any) -> NoReturn:
        _refuse(self.model)

    def delete(self) -> NoReturn:
        _refuse(self.model)

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(self.model)


class KeylessModel(models.Model):
    """Django wants a primary key, so a column stands in for one that may repeat.

    Query it with ``filter()``, ``values()`` and iteration; ``get(pk=…)`` may find several rows.
    """

    objects = KeylessQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return ", ".join(str(value) for value in list(self.__dict__.values())[1:4])

    def save_base(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(type(self))  # save(), create() and loaddata all come through here

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(type(self))
