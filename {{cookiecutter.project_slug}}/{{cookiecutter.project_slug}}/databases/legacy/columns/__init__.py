"""Fields for columns that Django's own would misread, or write back as something else."""

from .generated import ServerSQL
from .json import StoredJSONField
from .moments import NaiveDateTimeField, StoredDateTimeField, ZeroDateField, ZeroDateTimeField
from .numbers import (
    BitBooleanField,
    BitField,
    IdentityField,
    SignedZeroFloatField,
    SingleFloatField,
    UnsignedBigIntegerField,
)
from .raw import (
    AsStoredField,
    RawBigIntegerField,
    RawDateTimeField,
    RawFloatField,
    RawTextField,
)
from .text import GeometryTextField, ReadOnlyTextField, SetField, UndecodedTextField
from .words import WordBooleanField

__all__ = [
    "AsStoredField",
    "BitBooleanField",
    "BitField",
    "GeometryTextField",
    "IdentityField",
    "NaiveDateTimeField",
    "RawBigIntegerField",
    "RawDateTimeField",
    "RawFloatField",
    "RawTextField",
    "ReadOnlyTextField",
    "ServerSQL",
    "SetField",
    "SignedZeroFloatField",
    "SingleFloatField",
    "StoredDateTimeField",
    "StoredJSONField",
    "UndecodedTextField",
    "UnsignedBigIntegerField",
    "WordBooleanField",
    "ZeroDateField",
    "ZeroDateTimeField",
]
