"""True and false where a database spells them, as SQLite's must."""

from typing import Any

from django import forms
from django.db import models

from manydb.legacy.columns.raw import Raw


class WordBooleanField(Raw, models.Field):  # type: ignore[type-arg]
    """``t`` and ``f``, or two other words. No ``BooleanField``, which Django asks for without comparing it."""

    def __init__(self, *args: Any, yes: str = "t", no: str = "f", **kwargs: Any) -> None:
        self.words = {True: yes, False: no}
        super().__init__(*args, **{**kwargs, "blank": True})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "yes": self.words[True], "no": self.words[False]}

    def get_internal_type(self) -> str:
        return "TextField"

    def to_python(self, value: Any) -> Any:
        return next((truth for truth, word in self.words.items() if value == word), value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value in ("True", "False") and value not in self.words.values():
            value = value == "True"  # a filter's link
        return self.words[value] if isinstance(value, bool) else value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))

    def formfield(self, **kwargs: Any) -> Any:
        return forms.NullBooleanField(**kwargs) if self.null else forms.BooleanField(required=False)
