"""Values of legacy rows as text, whatever they hold: a page must not fail because of one of them."""

import json
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import display_for_value, quote
from django.core.exceptions import ObjectDoesNotExist
from django.db import Error, models
from django.template.defaultfilters import pluralize
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.timezone import is_aware, localtime

from manydb.core.exceptions import NoKey

NULL = mark_safe('<span class="quiet">NULL</span>')
EMPTY = mark_safe('<span class="quiet">empty</span>')
IN_A_LIST, ON_A_PAGE = 100, 10_000  # characters


def beginning(field: Any) -> str:
    """The annotation with the first characters of a long text."""
    return f"{field.name}_beginning"


class Shown:
    """One column in the admin: of its lists, or of the page of a row, where relations are links."""

    def __init__(self, field: Any, length: int, *, linked: bool = False) -> None:
        self.field = field
        self.length = length
        self.linked = linked
        self.__name__ = field.name
        self.short_description = field.verbose_name
        self.admin_order_field = field.attname

    def __call__(self, row: models.Model) -> str:
        values = vars(row)
        begun = beginning(self.field)
        value = values[begun] if begun in values else getattr(row, self.field.attname)
        if value is None:
            return NULL
        if self.field.is_relation:
            return self._related(row, value)
        label = dict(self.field.flatchoices or ()).get(_hashable(value), value)
        return shown(label, self.length)

    def _related(self, row: models.Model, value: Any) -> str:
        """The row it points to; a legacy table may point to one that is not there."""
        try:
            related = getattr(row, self.field.name)
            text = shown(value if related is None else str(related), self.length)
        except (ObjectDoesNotExist, Error, UnicodeError):
            return shown(value, self.length)
        url = address(related) if self.linked and related is not None else None
        return format_html('<a href="{}">{}</a>', url, text) if url else text


def shown(value: Any, length: int) -> str:
    """Any value as text of at most this many characters, exact where the admin would round."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return display_for_value(value, "", boolean=True)
    if isinstance(value, bytes | memoryview):
        return _bytes(bytes(value), length)
    if isinstance(value, dict | list | tuple):
        # As it is spelled in the table, if the field has kept that.
        value = getattr(value, "text", "") or json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, datetime):
        value = _moment(value)
    return _cut(str(value), length) if str(value).strip() else EMPTY


def address(row: models.Model) -> str | None:
    """The admin's page of a row, or None if there is none."""
    try:
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
        return reverse(name, args=[quote(key_of(row))])
    except (NoReverseMatch, NoKey):
        return None


def key_of(row: models.Model) -> str:
    """A row's primary key as Django spells it in fixtures: a composite one is a list in JSON.

    Raises:
        NoReverseMatch: SQLite lets a key be NULL, which finds no row. A key that is JSON has no address,
            and neither has one of several types whose text does not tell which it is.
    """
    key = row.pk
    if isinstance(key, dict | list):
        raise NoReverseMatch(f"{row._meta.label} has a key that is JSON.")
    if key is None or (isinstance(key, tuple) and None in key):
        raise NoReverseMatch(f"{row._meta.label} has a row whose key is NULL.")
    text = str(row._meta.pk.value_to_string(row))
    read = row._meta.pk.to_python(text)
    if (tuple(read) if isinstance(key, tuple) else read) != key:
        raise NoReverseMatch(f"{row._meta.label} has a key whose text does not lead back to it.")
    return text


def _bytes(value: bytes, length: int) -> str:
    dots = "…" if len(value) > length // 2 else ""
    return f"{value[: length // 2].hex()}{dots} ({len(value)} byte{pluralize(len(value))})"


def _moment(value: datetime) -> str:
    try:
        return str(localtime(value).replace(tzinfo=None) if is_aware(value) else value)
    except (OverflowError, ValueError):
        return str(value)  # the year 1 or 9999, which another time zone would leave


def _cut(text: str, length: int) -> str:
    # Half a surrogate pair can't be sent as UTF-8.
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= length else f"{text[:length]}…"


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else None
