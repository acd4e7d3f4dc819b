"""Stopping between two databases rather than inside one, where MySQL could not undo what was begun."""

import signal
from threading import current_thread, main_thread
from types import FrameType
from typing import Self


class Stopping:
    """While the block lasts, Ctrl-C and SIGTERM (which containers get) only set ``asked``, once.

    The second one ends the program at once, as if this were not here.
    """

    asked = False

    def __enter__(self) -> Self:
        handled = current_thread() is main_thread()  # no other thread may handle signals
        numbers = (signal.SIGINT, signal.SIGTERM) if handled else ()
        self._before = {number: signal.signal(number, self._ask) for number in numbers}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self.__exit__()
