"""What a process does between SIGTERM and its end: it says that it is not ready, and goes on serving."""

import os
import signal
import threading
from types import FrameType
from typing import Any

from manydb.core.conf import conf

_begun = False


def has_begun() -> bool:
    """Whether this process has been told to end."""
    return _begun


def is_out_of_reach() -> bool:
    """Whether SIGTERM is not noticed yet, and this is not the thread that could change that."""
    is_main = threading.current_thread() is threading.main_thread()
    return not is_main and not isinstance(signal.getsignal(signal.SIGTERM), _Drain)


def notice_sigterm() -> None:
    """Has this process notice SIGTERM before the server that runs it does.

    Gunicorn's workers and uvicorn handle the signal in Python. A process that doesn't, such as a command, is left
    alone. Only the main thread can do this.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    servers: Any = signal.getsignal(signal.SIGTERM)
    if callable(servers) and not isinstance(servers, _Drain):
        signal.signal(signal.SIGTERM, _Drain(servers))


class _Drain:
    """The handler of SIGTERM: the server's own is called DRAIN_SECONDS later, or at the second signal."""

    def __init__(self, servers: Any) -> None:
        self.servers = servers

    def __call__(self, number: int, frame: FrameType | None) -> None:
        global _begun
        if not _begun:
            _begun = True
            if conf.DRAIN_SECONDS:
                later = threading.Timer(conf.DRAIN_SECONDS, os.kill, (os.getpid(), number))
                later.daemon = True
                later.start()
                return
        self.servers(number, frame)
