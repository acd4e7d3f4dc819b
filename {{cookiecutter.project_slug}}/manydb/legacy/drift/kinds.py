"""Which fields are of one kind, so that a model with the one and a table with the other agree."""

# What either side may be called without being another type.
_KINDS = {
    "boolean": ("BooleanField", "BitBooleanField"),
    "integer": ("IntegerField", "AutoField", "BitField"),
    "text": (
        "CharField",
        "TextField",
        "SetField",
        "EnumField",
        "TypedCharField",
        "SlugField",
        "EmailField",
        "URLField",
        "IPAddress",
    ),
    "binary": ("BinaryField",),
    "decimal": ("DecimalField", "NumericField"),
    "float": ("FloatField",),
    "date and time": ("DateTimeField",),
    "date": ("DateField",),
    "time": ("TimeField",),
    "json": ("JSONField",),
    "uuid": ("UUIDField",),
    "duration": ("DurationField",),
    "array": ("ArrayField",),
}
_ALIKE = [{"boolean", "integer"}, {"text", "uuid"}, {"text", "json"}, {"integer", "duration"}]
# SQLite, where a field follows what the rows hold: text in a column of any type, and these.
_LOOSE = [
    {"text", "binary"},
    {"date", "date and time"},
    {"integer", "date and time"},
    {"float", "date and time"},
    {"integer", "decimal"},
    {"integer", "float"},
    {"decimal", "float"},
]


def kind_of(field: str) -> str:
    """Of a field's class, by its name; empty for one that is like no other."""
    return next((name for name, ends in _KINDS.items() if field.endswith(ends)), "")


def are_alike(model: str, live: str, vendor: str) -> bool:
    """Whether a field of the one kind may stand for a column of the other."""
    if vendor == "sqlite" and (model == "text" or {model, live} in _LOOSE):
        return True
    return model == live or not model or not live or {model, live} in _ALIKE
