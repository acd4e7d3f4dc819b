"""What kind of mapping ``DATABASES`` is: a plain dict, for every alias is listed in it."""

from collections.abc import Callable
from typing import Any


class Databases(dict[str, dict[str, Any]]):
    """The listed aliases."""

    def __init__(self, connect: Callable[..., dict[str, Any]]) -> None:
        super().__init__()
