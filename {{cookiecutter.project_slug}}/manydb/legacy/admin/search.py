"""Search in legacy tables: all texts of a small one, of a large one only what an index finds."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections, models
from django.db.models.lookups import Exact
from django.utils.text import smart_split, unescape_string_literal

from manydb.legacy.admin.shapes import as_text, columns_of
from manydb.legacy.columns.text import ReadOnlyTextField
from manydb.legacy.fields import value_field
from manydb.legacy.keyless import KeylessModel
from manydb.legacy.spelling import column_of
from manydb.legacy.statistics import Size, estimates, indexed, is_large


class Search:
    """How one table can be searched: ``texts`` for a part of them, ``exact`` for whole values."""

    def __init__(self, model: type[models.Model], alias: str) -> None:
        connection = connections[alias]
        fields = columns_of(model)
        columns = indexed(connection, model)
        if not issubclass(model, KeylessModel):
            columns |= {column_of(field) for field in fields if field.primary_key}
        self.size = estimates(connection, [model]).get(model, Size(None))
        self.is_large = is_large(connection, model, self.size)
        self.exact = [
            field
            for field in fields
            if column_of(field) in columns
            and not (self.is_large and isinstance(field, ReadOnlyTextField))
        ]
        self.texts = [field for field in fields if _is_text(field) and not self.is_large]

    @property
    def help(self) -> str:
        """What is found, in one sentence."""
        names = ", ".join(str(field.verbose_name) for field in self.exact)
        found = ["parts of texts"] if self.texts else []
        found += [f"whole values of {names}"] if names else []
        large = "A large table: finds" if self.is_large else "Finds"
        return f"{large} {', and '.join(found)}." if found else ""

    @property
    def fields(self) -> list[Any]:
        return [*self.texts, *self.exact]

    def narrow(self, queryset: models.QuerySet[Any], words: str) -> models.QuerySet[Any]:
        """The rows in which each word, or phrase in quotes, is found."""
        for word in smart_split(words):
            if word[0] in "\"'" and word[0] == word[-1] and len(word) > 1:
                word = unescape_string_literal(word)
            found = models.Q(*self._conditions(word), _connector=models.Q.OR)
            queryset = queryset.filter(found) if found else queryset.none()
        return queryset

    def _conditions(self, word: str) -> Iterable[models.Q]:
        for field in self.texts:
            yield models.Q((f"{field.attname}__icontains", word))
        for field in self.exact:
            column = value_field(field)
            if isinstance(column, ReadOnlyTextField):
                yield models.Q(Exact(as_text(field), word))
                continue
            try:
                value = column.to_python(word)
                column.run_validators(value)
            except (ValidationError, ValueError, TypeError, ArithmeticError):
                continue  # a word that is no number is in no column of numbers
            if not column.choices or value in dict(column.flatchoices):  # nor is it of an enum
                yield models.Q((field.attname, value))


def _is_text(field: "models.Field[Any, Any]") -> bool:
    is_text = isinstance(field, models.CharField | models.TextField)
    return is_text and not isinstance(field, ReadOnlyTextField)
