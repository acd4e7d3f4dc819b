"""Columns shown as the server's text, and sets of words."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.signals import connection_created
from django.db.models.expressions import Func
from django.db.models.functions import RPad
from django.db.models.lookups import (
    Contains,
    EndsWith,
    IContains,
    IEndsWith,
    IExact,
    IRegex,
    IStartsWith,
    Regex,
    StartsWith,
)

from manydb.core.exceptions import ReadOnlyColumn
from manydb.legacy.columns.compared import Compared


class Shown(str):
    """The text of a value that only the server can write."""

    __slots__ = ()


class ReadOnlyTextField(Compared, models.TextField):  # type: ignore[type-arg]
    """The server's own text of a value that Python has no type for, or not for all rows.

    A row can be saved: the column keeps what it holds. Another value is refused. Look-ups are those of the text.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "editable": False, "blank": True})

    def db_type(self, connection: Any) -> str | None:
        # Of a test database: MySQL makes no key of a text of any length.
        short = connection.vendor == "mysql" and self.unique
        return "varchar(255)" if short else super().db_type(connection)

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return self.compared(sql, compiler.connection), params

    def compared(self, sql: str, connection: Any) -> str:
        return f"CONCAT({sql})" if connection.vendor == "mysql" else f"CAST({sql} AS text)"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None else Shown(value)

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else str(value)

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = getattr(instance, self.attname)
        if hasattr(value, "as_sql"):
            return value  # the server's default
        if value is None:
            return value
        if isinstance(value, Shown) and not add:
            return _Kept(str(self.column))
        if value == "" and add:
            return None
        self._refuse()

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, Shown):
            self._refuse()  # of another row, in update() or bulk_update()
        return super().get_db_prep_save(value, connection)

    def _refuse(self) -> None:
        raise ReadOnlyColumn(
            f"{self.model._meta.label}.{self.name} can only be read: write it with SQL of the server."
        )


class _Kept:
    """``column = column``. Not an ``F()``, which Django reads back, and this no driver may be able to read."""

    def __init__(self, column: str) -> None:
        self.column = column

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return connection.ops.quote_name(self.column), []


class UndecodedTextField(ReadOnlyTextField):
    """Text of SQLite that is not UTF-8 in all rows: what is none is shown as ``\\x`` and two digits."""

    def compared(self, sql: str, connection: Any) -> str:
        if connection.vendor != "sqlite" or _DECODED in sql:
            return sql
        _give_function(connection)
        return f"{_DECODED}(CAST({sql} AS BLOB))"


_DECODED = "legacy_decoded"  # what our function is called in SQL


def _decoded(text: bytes | None) -> str | None:
    return None if text is None else text.decode("utf-8", "backslashreplace")


def _give_function(connection: Any, **kwargs: Any) -> None:
    if connection.vendor == "sqlite" and connection.connection is not None:
        connection.connection.create_function(_DECODED, 1, _decoded, deterministic=True)


connection_created.connect(_give_function, dispatch_uid=f"{__name__}.function")


class UncollatedTextField(Compared, models.TextField):  # type: ignore[type-arg]
    """Text of SQLite in an order of other software: it is compared by its characters, and without an index."""

    def compared(self, sql: str, connection: Any) -> str:
        return f"{sql} COLLATE BINARY" if connection.vendor == "sqlite" else sql


class GeometryTextField(ReadOnlyTextField):
    """A geometry of MySQL as well-known text."""

    def db_type(self, connection: Any) -> str | None:
        return "geometry" if connection.vendor == "mysql" else super().db_type(connection)

    def compared(self, sql: str, connection: Any) -> str:
        # A test database on another engine has the text itself.
        # An aggregate of such texts is one.
        is_shape = connection.vendor == "mysql" and "ST_AsText(" not in sql
        return f"ST_AsText({sql})" if is_shape else sql


class ComparedTextField(Compared, models.TextField):  # type: ignore[type-arg]
    """A ``kind`` that PostgreSQL reads from a text, and that has not all that texts have, such as ``xml``."""

    def __init__(self, *args: Any, kind: str = "xml", **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "kind": self.kind}

    def cast_db_type(self, connection: Any) -> str | None:
        is_there = connection.vendor == "postgresql"
        return self.kind if is_there else super().cast_db_type(connection)

    def compared(self, sql: str, connection: Any) -> str:
        return f"CAST({sql} AS text)" if connection.vendor == "postgresql" else sql


class PaddedCharField(models.CharField):  # type: ignore[type-arg]
    """``character(n)`` of PostgreSQL, whose values are read with the blanks that its texts lose."""

    def db_type(self, connection: Any) -> str | None:
        is_padded = connection.vendor == "postgresql"
        return f"character({self.max_length})" if is_padded else super().db_type(connection)


class EncodedCharField(models.CharField):  # type: ignore[type-arg]
    """A text of MySQL in another character set than that of the connection, such as ``latin1``."""


class EncodedTextField(models.TextField):  # type: ignore[type-arg]
    """A longer one."""


class _AsRead:
    """A look-up of texts, among the values as they are read."""

    lhs: Any

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        lhs = lhs or self.lhs
        is_padded = isinstance(lhs.output_field, PaddedCharField)
        if is_padded and connection.vendor == "postgresql":
            lhs = RPad(lhs, lhs.output_field.max_length, output_field=models.CharField())
        if not is_padded and connection.vendor == "mysql":
            # LIKE BINARY compares the bytes of a column with those of a text in UTF-8.
            template = "CONVERT(%(expressions)s USING utf8mb4)"
            lhs = Func(lhs, template=template, output_field=models.TextField())
        return super().process_lhs(compiler, connection, lhs)  # type: ignore[misc]


_BY_BYTES = (Contains, StartsWith, EndsWith, Regex)
_BY_TEXT = (IExact, IContains, IStartsWith, IEndsWith, IRegex)
for lookup in (*_BY_BYTES, *_BY_TEXT):
    as_read = type(lookup.__name__, (_AsRead, lookup), {})
    PaddedCharField.register_lookup(as_read)
    if lookup in _BY_BYTES:
        EncodedCharField.register_lookup(as_read)
        EncodedTextField.register_lookup(as_read)


class TypedCharField(models.CharField):  # type: ignore[type-arg]
    """A short text whose type on PostgreSQL, ``kind``, compares it: ``macaddr``, whose index is used so."""

    def __init__(self, *args: Any, kind: str = "", **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"kind": self.kind} if self.kind else {})

    def cast_db_type(self, connection: Any) -> str | None:
        is_there = self.kind and connection.vendor == "postgresql"
        return self.kind if is_there else super().cast_db_type(connection)


class EnumField(TypedCharField):
    """One of a list of words."""

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = super().pre_save(instance, add)
        # What MySQL once took for none of the words, it does not take again.
        return _Kept(str(self.column)) if not add and self._is_none(value) else value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if self._is_none(value) and connection.vendor == "mysql":
            raise ReadOnlyColumn(
                f"{self.model._meta.label}.{self.name} has none of its words, and MySQL takes only these: "
                "give one of them, or leave such rows out of update() and bulk_update()."
            )
        return super().get_db_prep_save(value, connection)

    def _is_none(self, value: Any) -> bool:
        return isinstance(value, str) and value == "" and value not in dict(self.flatchoices)


class SetField(models.CharField):  # type: ignore[type-arg]
    """``set('a','b')`` of MySQL: members separated by commas, each of them a choice."""

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        for member in (value or "").split(","):
            if member:
                super().validate(member, model_instance)
        if not value and not self.blank:
            raise ValidationError(self.error_messages["blank"], code="blank")

    def formfield(self, **kwargs: Any) -> Any:
        return forms.CharField(max_length=self.max_length, required=not self.blank)
