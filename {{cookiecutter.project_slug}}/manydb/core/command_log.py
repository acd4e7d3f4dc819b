"""One line of the log for each run of a command that changes databases or tenants, and for each that is refused."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

_logger = logging.getLogger("manydb.commands")
_INTERRUPTED = 130  # the exit status after Ctrl-C


@contextmanager
def logged(command: str, tenant: str = "", *, changes: bool = True) -> Iterator[None]:
    """Logs how the block ends: ``done``, ``refused``, ``stopped`` or ``failed``.

    Of an unexpected exception the line has the name only: its text may be secret.

    Args:
        changes: whether the command changes anything. One that only looks has a line if it is refused.
    """
    started = time.perf_counter()
    try:
        yield
    except CommandError as error:
        result = "stopped" if error.returncode == _INTERRUPTED else "refused"
        _write(command, tenant, result, started, str(error))
        raise
    except BaseException as error:
        _write(command, tenant, "failed", started, type(error).__name__)
        raise
    if changes:
        _write(command, tenant, "done", started)


def _write(command: str, tenant: str, result: str, started: float, reason: str = "") -> None:
    said = f"{command} {tenant}".rstrip() + f" is {result}" + (f": {reason}" if reason else "")
    fields = {
        "command": command,
        "result": result,
        "tenant": tenant,
        "duration_ms": round((time.perf_counter() - started) * 1000, 1),
    }
    _logger.info("%s", " ".join(said.split()), extra={"fields": fields})  # on one line
