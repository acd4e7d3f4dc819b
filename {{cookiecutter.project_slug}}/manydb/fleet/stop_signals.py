"""Stops a run between two databases, because MySQL can't undo a migration that was stopped."""

import os
import signal
from threading import current_thread, main_thread
from types import FrameType
from typing import Self

SAID = b"\nStopping: what is being migrated is finished first. Once more ends it at once, as a kill does.\n"


class Stopping:
    """Makes the first Ctrl-C or SIGTERM (which containers get) set ``asked`` while the block runs.

    The second one ends the program at once.
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
        for each in self._before:
            signal.signal(each, signal.SIG_DFL)
        os.write(2, SAID)  # a stream might be in the middle of writing
