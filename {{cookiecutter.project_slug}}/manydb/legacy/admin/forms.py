"""The form of a legacy row: what is not changed in it stays as the table has it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models


class LegacyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Writes what was typed in. An input has no NULL beside "", no blank at an end and no part of a second."""

    kept: dict[str, Any]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.instance._state.adding:
            return cleaned
        # Django sets on the row what is left here.
        self.kept = {name: it for name, it in cleaned.items() if not self._is_changed(name)}
        return {name: it for name, it in cleaned.items() if name not in self.kept}

    def full_clean(self) -> None:
        self.kept = {}
        super().full_clean()
        if self.is_bound:
            kept = {name: it for name, it in self.kept.items() if name not in self.errors}
            self.cleaned_data = {**kept, **self.cleaned_data}

    def _is_changed(self, name: str) -> bool:
        if name not in self.changed_data:
            return False
        bound = self[name]
        shown = bound.field.prepare_value(bound.initial)
        if not (isinstance(shown, str) and isinstance(bound.data, str)):
            return True
        # A browser ends lines in its own way, and Django takes off blanks.
        return bound.data.replace("\r\n", "\n") != shown.replace("\r\n", "\n")


def fits_a_form(field: Any, row: models.Model) -> bool:
    """Whether an input can show the row's value and give it back; what fits none is shown as text."""
    if field.is_relation:
        return True
    value, input_ = field.value_from_object(row), field.formfield()
    if input_ is None:
        return False
    if type(input_) is forms.CharField and value is not None:
        is_a_line = not isinstance(input_.widget, forms.Textarea)
        if not isinstance(value, str) or (is_a_line and set("\r\n") & set(value)):
            return False
    try:
        input_.clean(input_.prepare_value(value))
    except ValidationError as error:
        return all(each.code == "required" for each in error.error_list)
    except (TypeError, ValueError, ArithmeticError):
        return False
    return True
