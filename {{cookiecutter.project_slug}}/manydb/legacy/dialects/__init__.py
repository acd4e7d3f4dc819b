"""What Django's introspection leaves out, one module per engine.

Each has ``schemas``, ``catalogue``, ``questions`` about a column's rows, and ``choose``. That is the field of a
column where Django's own choice would not import, not read, or not write back what it read.
"""

from importlib import import_module
from typing import Any


def dialect_of(vendor: str) -> Any:
    """The module of ``connection.vendor``.

    Raises:
        ValueError: an engine that this project has no dialect for.
    """
    if vendor not in ("sqlite", "mysql", "postgresql"):
        raise ValueError(f"{vendor} is not supported: use SQLite, MySQL, MariaDB or PostgreSQL.")
    return import_module(f".{vendor}", __name__)
