"""Fields for columns that Django's own would misread, or write back as something else."""

from .json import StoredJSONField
from .moments import NaiveDateTimeField, StoredDateTimeField, ZeroDateField, ZeroDateTimeField
from .numbers import BitBooleanField, BitField, SingleFloatField
from .text import AsStoredField, GeometryTextField, ReadOnlyTextField, SetField

__all__ = [
    "AsStoredField",
    "BitBooleanField",
    "BitField",
    "GeometryTextField",
    "NaiveDateTimeField",
    "ReadOnlyTextField",
    "SetField",
    "SingleFloatField",
    "StoredDateTimeField",
    "StoredJSONField",
    "ZeroDateField",
    "ZeroDateTimeField",
]
