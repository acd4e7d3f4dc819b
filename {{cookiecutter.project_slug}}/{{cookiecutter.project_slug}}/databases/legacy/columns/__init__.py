"""Fields for columns that Django's own would misread, or write back as something else."""

from .json import StoredJSONField
from .moments import NaiveDateTimeField, StoredDateTimeField, ZeroDateField, ZeroDateTimeField
from .numbers import BitBooleanField, BitField, SingleFloatField, UnsignedBigIntegerField
from .raw import (
    AsStoredField,
    RawBigIntegerField,
    RawDateField,
    RawDateTimeField,
    RawFloatField,
    RawTextField,
)
from .text import GeometryTextField, ReadOnlyTextField, SetField

__all__ = [
    "AsStoredField",
    "BitBooleanField",
    "BitField",
    "GeometryTextField",
    "NaiveDateTimeField",
    "RawBigIntegerField",
    "RawDateField",
    "RawDateTimeField",
    "RawFloatField",
    "RawTextField",
    "ReadOnlyTextField",
    "SetField",
    "SingleFloatField",
    "StoredDateTimeField",
    "StoredJSONField",
    "UnsignedBigIntegerField",
    "ZeroDateField",
    "ZeroDateTimeField",
]
