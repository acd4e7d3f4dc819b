"""The class of ``DATABASES``: a dict that knows the prefix of the project's databases."""

from collections.abc import Callable
from typing import Any


class Databases(dict[str, dict[str, Any]]):
    """The listed aliases.

    ``prefix`` begins the names of the project's databases; ``connect`` gives the settings of one connection.
    """

    def __init__(self, connect: Callable[..., dict[str, Any]], prefix: str = "") -> None:
        super().__init__()
        self.connect = connect
        self.prefix = prefix
