"""How far a long command is: a line for each thing it does."""

from typing import Self

from django.core.management.base import OutputWrapper


class Progress:
    """``with Progress(self.stdout, total) as progress``."""

    def __init__(self, out: OutputWrapper, total: int | None = None) -> None:
        self._out = out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing: lines stay."""

    def step(self, text: str = "") -> None:
        """One more is done; the text says so."""
        if text:
            self._out.write(text)

    def line(self, text: str, out: OutputWrapper | None = None) -> None:
        """Prints a line."""
        (out or self._out).write(text)
