"""Numbers that MySQL hands out as bytes, or rounded, and those that PostgreSQL alone may count."""

import math
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class _AsNumber:
    """MySQL hands out bits as bytes, and floats rounded to six digits; a number in an expression is exact."""

    addend = "0"

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return (
            (f"{sql} + {self.addend}", params)
            if compiler.connection.vendor == "mysql"
            else (sql, params)
        )


class UnsignedBigIntegerField(models.PositiveBigIntegerField):  # type: ignore[type-arg]
    """``bigint unsigned`` with values that no other database's integers reach."""

    MOST = 2**64 - 1
    validators = [MinValueValidator(0), MaxValueValidator(MOST)]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"max_value": self.MOST, **kwargs})


class BitField(_AsNumber, UnsignedBigIntegerField):
    """``bit(n)`` as an integer."""


class BitBooleanField(_AsNumber, models.BooleanField):  # type: ignore[type-arg]
    """``bit(1)``."""


class SingleFloatField(_AsNumber, models.FloatField):  # type: ignore[type-arg]
    """A float of four bytes: ``float`` of MySQL, ``real`` of PostgreSQL."""

    addend = "0e0"

    def db_type(self, connection: Any) -> str | None:
        return "real" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        # As a text it becomes one of four bytes as well. 0.1 of eight bytes is another number.
        return (
            str(value) if isinstance(value, float) and connection.vendor == "postgresql" else value
        )


class SignedZeroFloatField(models.FloatField):  # type: ignore[type-arg]
    """Floats of PostgreSQL, some of them ``-0``, which the server takes for 0 unless it comes as a text."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        is_negative_zero = value == 0 and math.copysign(1, value) < 0
        return "-0" if is_negative_zero and connection.vendor == "postgresql" else value


class OidField(models.BigIntegerField):  # type: ignore[type-arg]
    """``oid`` of PostgreSQL, a number that the server neither adds up nor averages as it is."""


class NumericField(models.DecimalField):  # type: ignore[type-arg]
    """``numeric`` of any precision, which an UPDATE or an array would otherwise round to that of its field."""

    def db_type(self, connection: Any) -> str | None:
        return "numeric" if connection.vendor == "postgresql" else super().db_type(connection)


class IdentityField(models.BigIntegerField):  # type: ignore[type-arg]
    """``GENERATED ALWAYS AS IDENTITY`` outside a key: the server refuses any value, also the one it holds."""

    generated = True  # Django then writes it nowhere
    db_returning = db_persist = True
    referenced_fields: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "editable": False, "blank": True})

    def generated_sql(self, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "0", ()  # in a database that is made for tests
