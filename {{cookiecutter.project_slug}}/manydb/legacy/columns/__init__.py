"""Fields for columns that Django's own would misread, or write back as something else."""

from manydb.legacy.columns import known_functions as known_functions
from manydb.legacy.columns import passed_on as passed_on
from manydb.legacy.columns.generated import ServerDefault, ServerSQL
from manydb.legacy.columns.json import StoredJSONField
from manydb.legacy.columns.moments import (
    NaiveDateTimeField,
    ZeroDateField,
    ZeroDateTimeField,
)
from manydb.legacy.columns.numbers import (
    BitBooleanField,
    BitField,
    IdentityField,
    NumericField,
    OidField,
    SignedZeroFloatField,
    SingleFloatField,
    UnsignedBigIntegerField,
)
from manydb.legacy.columns.raw import (
    AsStoredField,
    RawBigIntegerField,
    RawFloatField,
    RawTextField,
)
from manydb.legacy.columns.stored import (
    StoredBooleanField,
    StoredDateField,
    StoredDateTimeField,
    StoredDecimalField,
    StoredTimeField,
)
from manydb.legacy.columns.text import (
    ComparedTextField,
    EncodedCharField,
    EncodedTextField,
    EnumField,
    GeometryTextField,
    PaddedCharField,
    ReadOnlyTextField,
    SetField,
    TypedCharField,
    UncollatedTextField,
    UndecodedTextField,
)
from manydb.legacy.columns.words import WordBooleanField

__all__ = [
    "AsStoredField",
    "BitBooleanField",
    "BitField",
    "ComparedTextField",
    "EncodedCharField",
    "EncodedTextField",
    "EnumField",
    "GeometryTextField",
    "IdentityField",
    "NaiveDateTimeField",
    "NumericField",
    "OidField",
    "PaddedCharField",
    "RawBigIntegerField",
    "RawFloatField",
    "RawTextField",
    "ReadOnlyTextField",
    "ServerDefault",
    "ServerSQL",
    "SetField",
    "SignedZeroFloatField",
    "SingleFloatField",
    "StoredBooleanField",
    "StoredDateField",
    "StoredDateTimeField",
    "StoredDecimalField",
    "StoredJSONField",
    "StoredTimeField",
    "TypedCharField",
    "UncollatedTextField",
    "UndecodedTextField",
    "UnsignedBigIntegerField",
    "WordBooleanField",
    "ZeroDateField",
    "ZeroDateTimeField",
]
