"""A block around each run of a management command, Django's and others', from a command line or from code.

An app replaces a command of Django's by one of its own, if it comes early enough in INSTALLED_APPS. It can't replace those of
``auth`` and ``contenttypes`` where these come first, nor one that another package has replaced. ``execute()`` is what all of
them run. No ticket known.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from django.core import management
from django.core.management.base import BaseCommand, CommandError

from manydb.patches import Patch, has, takes, uses

Enter = Callable[[BaseCommand, tuple[Any, ...], dict[str, Any]], AbstractContextManager[None]]


def surround_commands(
    enter: Enter, sentences: tuple[type[Exception], ...], page_of: Callable[..., str]
) -> None:
    """Has ``enter(command, args, options)`` entered around each run; it may change the options.

    Args:
        sentences: errors that say what to do, and need no traceback on a command line.
        page_of: returns the page of the manual about an error of a command, or "". A command line names it.
    """
    method = BaseCommand.execute
    method = vars(method).get("surrounds", method)
    shown: tuple[type[Exception], ...] = (CommandError, *sentences)

    @wraps(method)
    def execute(self: BaseCommand, *args: Any, **options: Any) -> Any:
        try:
            with enter(self, args, options):
                return method(self, *args, **options)
        except shown as error:
            if not self._called_from_command_line:  # type: ignore[attr-defined]
                raise
            page = page_of(self, error)
            see = f" See {page}." if page else ""
            if isinstance(error, CommandError):
                error.args = (f"{error}{see}",)
                raise
            raise CommandError(" ".join(str(error).split()) + see) from error

    vars(execute)["surrounds"] = method  # for when apps are made ready again, as tests do
    BaseCommand.execute = execute  # type: ignore[method-assign]


def _expects() -> None:
    takes(BaseCommand.execute, "self", "*args", "**options")
    has(BaseCommand, "_called_from_command_line")
    uses(BaseCommand.run_from_argv, "execute", "CommandError", "_called_from_command_line")
    uses(management.call_command, "execute")


PATCH = Patch("command_runs", tried=("5.2", "6.1"), expects=_expects)
