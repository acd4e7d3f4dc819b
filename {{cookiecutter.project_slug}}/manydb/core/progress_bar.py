"""The progress of a long command: a line for each step or, on a terminal where tqdm is installed, a bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.core.management.base import OutputWrapper

try:
    from tqdm import tqdm
except ImportError:
    tqdm = None  # type: ignore[assignment, misc, unused-ignore]


@contextmanager
def counting_bytes() -> Iterator[Callable[[int], object]]:
    """Gives what is called with each number of bytes that came through; a bar on a terminal, if there is tqdm."""
    if tqdm is None:
        yield lambda count: None
        return
    with tqdm(unit="B", unit_scale=True, leave=False, disable=None) as bar:
        yield bar.update


class Progress:
    """``with Progress(self.stdout, total) as progress``; ``total`` is the number of steps, or None if unknown."""

    def __init__(self, out: OutputWrapper, total: int | None = None) -> None:
        self._out = out
        self._bar: Any = None
        if tqdm is not None and out.isatty() and total != 0:
            self._bar = tqdm(total=total, leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, text: str = "") -> None:
        """Counts one more step; prints the text where there is no bar."""
        if self._bar is not None:
            self._bar.update()
        elif text:
            self._out.write(text)

    def line(self, text: str, out: OutputWrapper | None = None) -> None:
        """Prints a line, above the bar."""
        if self._bar is None:
            (out or self._out).write(text)
            return
        with tqdm.external_write_mode():
            (out or self._out).write(text)
