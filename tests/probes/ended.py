"""Runs a command of a project in a process of its own, and ends it at one of its lines."""

import gc
import os
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from io import StringIO
from linecache import getline

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections


class Ended(Exception):
    """What a command raises that is to fail at a line."""


@dataclass
class Ending:
    """``way`` is ``kill`` (SIGKILL) or ``fail`` (an exception). Lines are those of files that begin with
    ``inside``, each as often as it is reached, but at most ``times``; at ``try:`` nothing can go wrong."""

    way: str
    inside: tuple[str, ...]
    times: int = 1

    def run(self, words: str, at: int = 0) -> tuple[int, str]:
        """How a command ended that is to end at this line, and what it said or how many lines it ran."""
        connections.close_all()
        reader, writer = os.pipe()
        gc.freeze()  # no command looks through what was there before it
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            code, said = self._in_child(words.split(), at)
            os.write(writer, said.encode())
            os._exit(code)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            said = pipe.read()
        return os.waitpid(pid, 0)[1], said

    def _in_child(self, words: list[str], at: int) -> tuple[int, str]:
        lines: Counter[tuple[str, int]] = Counter()
        reached = 0
        said = StringIO()

        def line_by_line(frame, event, argument):
            nonlocal reached
            line = (frame.f_code.co_filename, frame.f_lineno)
            if event == "line" and lines[line] < self.times and getline(*line).strip() != "try:":
                lines[line] += 1
                reached += 1
                if reached == at and self.way == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                if reached == at:
                    raise Ended
            return line_by_line

        def calls(frame, event, argument):
            return line_by_line if frame.f_code.co_filename.startswith(self.inside) else None

        sys.settrace(calls)
        try:
            call_command(*words, stdout=said, stderr=said)
        except (CommandError, Ended) as error:
            return 1, f"{said.getvalue()}{type(error).__name__}: {error}"
        finally:
            sys.settrace(None)
        return 0, str(reached)
