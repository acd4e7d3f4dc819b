"""How the test databases of one run are filled: by migrating each, unless ``testing`` has a quicker way."""

from contextvars import ContextVar
from typing import Protocol


class Copies(Protocol):
    """Fills test databases from others of the same run."""

    def fill(self, alias: str) -> bool:
        """Fills an empty database, and says whether it did; otherwise nothing has changed."""

    def note(self, alias: str) -> None:
        """Notes that this database has been migrated."""


# While test databases are made; None at all other times.
copies: ContextVar[Copies | None] = ContextVar("copies", default=None)
