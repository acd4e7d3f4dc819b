"""What commands say on standard error while they write models."""

from collections.abc import Callable, Iterable

from django.core.management.base import OutputWrapper
from django.core.management.color import Style

EVERY = 25  # tables


def progress(stderr: OutputWrapper) -> Callable[[str, int, int], None]:
    """Says now and then how many tables were read."""

    def say(table: str, done: int, total: int) -> None:
        if done == total or done % EVERY == 0:
            stderr.write(f"{done} of {total} tables read")

    return say


def warn(stderr: OutputWrapper, style: Style, remarks: Iterable[str]) -> None:
    """What a reader of the models should know, a line each."""
    for remark in remarks:
        stderr.write(remark, style.WARNING)
