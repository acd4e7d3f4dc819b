"""Messages of the log that are written once in a process."""

import logging
from threading import Lock

_written: set[tuple[str, str]] = set()
_lock = Lock()


def warn_once(logger: logging.Logger, text: str, *args: object) -> None:
    """Logs a warning, unless this process has logged the same text before, with whatever arguments."""
    with _lock:
        key = logger.name, text
        if key in _written:
            return
        _written.add(key)
    logger.warning(text, *args)
