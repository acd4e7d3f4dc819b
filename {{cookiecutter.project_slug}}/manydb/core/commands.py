"""Django's commands on a project with several databases: what each is refused, and what holds while it runs.

A command that looks into the wrong database finds nothing there, and ends with success. So each is asked before it
begins whether what it is about lives in the database it was given; the sentence names the command that is right.
Commands of others that derive from Django's are treated like these.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from manydb.core.exceptions import WithPage
from manydb.core.running_command import name_of_command
from manydb.core.scopes import Scope

Options = dict[str, Any]
Refusal = Callable[[BaseCommand, tuple[Any, ...], Options], str]
Around = Callable[[BaseCommand, Options], AbstractContextManager[Any]]

CORE = "django.core.management.commands."
AUTH = "django.contrib.auth.management.commands."
CONTENT_TYPES = "django.contrib.contenttypes.management.commands."


class Refused(WithPage, CommandError):
    """A command was not begun: it would do nothing, or do it in the wrong place."""

    page = "commands.md"


# By the module of Django's command.
_refusals: dict[str, dict[str, Refusal]] = {}
_around: dict[str, dict[str, Around]] = {}
_around_database: dict[str, Callable[[str], AbstractContextManager[Any]]] = {}


def refuse(module: str, refusal: Refusal) -> None:
    """Has a function asked before a command runs: it returns why the command must not, or ""."""
    _refusals.setdefault(module, {})[_name(refusal)] = refusal


def surround(module: str, around: Around) -> None:
    """Has a block entered while a command runs, made from it and its options."""
    _around.setdefault(module, {})[_name(around)] = around


def surround_database(around: Callable[[str], AbstractContextManager[Any]]) -> None:
    """Has a block entered while any command runs that was given a database, made from its alias."""
    _around_database[_name(around)] = around


@contextmanager
def one_command(command: BaseCommand, args: tuple[Any, ...], options: Options) -> Iterator[None]:
    """The block in which a command runs.

    Raises:
        Refused: it would do nothing, or do it in the wrong place. The message names what is right.
    """
    modules = [kind.__module__ for kind in type(command).__mro__]
    for refusal in _registered(_refusals, modules):
        if sentence := refusal(command, args, options):
            raise Refused(sentence)
    with ExitStack() as stack:
        stack.enter_context(Scope(name_of_command, modules[0].rpartition(".")[2]))
        alias = options.get(
            "database"
        )  # of adopt_legacy, and of commands of others, it may be a file
        if isinstance(alias, str):
            for around in _around_database.values():
                stack.enter_context(around(alias))
        for block in _registered(_around, modules):
            stack.enter_context(block(command, options))
        yield


def page_of(command: BaseCommand, error: Exception) -> str:
    """The page about an error, by its path from the project's folder: of the error or its causes, or of manydb's command."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, WithPage):
            return f"manydb/docs/{cause.page}"
        cause = cause.__cause__
    if not type(command).__module__.startswith("manydb."):
        return ""
    help_text = command.create_parser("manage.py", "").epilog or ""
    return found[0] if (found := re.search(r"manydb/docs/[\w/.-]+\.md", help_text)) else ""


def say(command: BaseCommand, options: Options, sentence: str) -> None:
    """Writes to the error stream of a command that has not begun."""
    stream = options.get("stderr")
    (OutputWrapper(stream) if stream else command.stderr).write(sentence)


def _registered(table: dict[str, dict[str, Any]], modules: list[str]) -> list[Any]:
    return [each for module in modules for each in table.get(module, {}).values()]


def _name(function: Any) -> str:
    return f"{function.__module__}.{function.__qualname__}"
