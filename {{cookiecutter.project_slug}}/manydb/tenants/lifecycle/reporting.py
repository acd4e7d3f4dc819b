"""How functions tell whoever called them what they are about to do."""

from collections.abc import Callable

Say = Callable[[str], None]


def nothing(text: str) -> None:
    """For callers that do not want to know."""
