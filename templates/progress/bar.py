"""How far a long command is: a line for each thing it does or, on a terminal, a bar."""

from typing import Self

from django.core.management.base import OutputWrapper
from tqdm import tqdm


class Progress:
    """``with Progress(self.stdout, total) as progress``; ``total`` is None where nobody knows it."""

    def __init__(self, out: OutputWrapper, total: int | None = None) -> None:
        self._out = out
        self._bar = tqdm(total=total, leave=False, disable=not (out.isatty() and total != 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()

    def step(self, text: str = "") -> None:
        """One more is done; the text says so where there is no bar."""
        if not self._bar.disable:
            self._bar.update()
        elif text:
            self._out.write(text)

    def line(self, text: str, out: OutputWrapper | None = None) -> None:
        """Prints a line, above the bar."""
        with tqdm.external_write_mode():
            (out or self._out).write(text)
