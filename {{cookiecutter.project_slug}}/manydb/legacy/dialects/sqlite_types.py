"""What the types that SQLite tables declare ask for, by whatever name."""

# Declared types that Django has Python's sqlite3 convert.
CONVERTED = {
    "bool": "BooleanField",
    "date": "DateField",
    "time": "TimeField",
    "datetime": "DateTimeField",
    "timestamp": "DateTimeField",
}


def family(declared: str) -> str:
    """The field a declared type asks for: more names than Django's, by SQLite's own rules of affinity."""
    base = declared.partition("(")[0].strip()
    if base in ("date", "time", "datetime", "bool", "boolean"):
        return {"date": "DateField", "time": "TimeField", "datetime": "DateTimeField"}.get(
            base, "BooleanField"
        )
    if base.startswith("timestamp"):
        return "DateTimeField"
    if "int" in base:
        return "BigIntegerField"
    if "char" in base or "clob" in base or "text" in base:
        return "CharField" if "char" in base and "(" in declared else "TextField"
    if "blob" in base or "binary" in base:
        return "BinaryField"
    if "real" in base or "floa" in base or "doub" in base:
        return "FloatField"
    if base.startswith(("dec", "num", "money")):
        return "DecimalField"
    return ""


def integer(declared: str) -> str:
    """The field of a declared integer."""
    base = declared.partition("(")[0].strip()
    # Every INTEGER of SQLite has 64 bits, whatever it is called.
    return "PositiveBigIntegerField" if base.endswith("unsigned") else "BigIntegerField"
