"""How a function tells its caller about steps that take time."""

from collections.abc import Callable

Report = Callable[[str], None]


def silent(text: str) -> None:
    """Reports nothing."""
