"""``--database`` of every command, Django's and others', takes any alias that there is.

Commands declare ``tuple(connections)`` as the choices of that option. It names the aliases that the settings
list, and tenants of a catalog are too many to be listed. No setting changes the options of another package's
command. So the method that makes every command's parser is wrapped, and the option is found in the parser by
argparse's own list. No ticket known.
"""

import argparse
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core import management
from django.core.management.base import BaseCommand, CommandParser

from manydb.patches import Patch, has, takes, uses


class _Aliases(tuple[str, ...]):
    """The listed aliases, for the help, and any that there is."""

    exists: Callable[[object], bool]

    def __contains__(self, alias: object) -> bool:
        return super().__contains__(alias) or self.exists(alias)


_DONE = "_takes_any_alias"


def take_any_alias(exists: Callable[[object], bool]) -> None:
    """Has ``--database`` take what is listed and each alias that ``exists`` says is there; done once."""
    if hasattr(BaseCommand, _DONE):
        return
    kind = type("_Aliases", (_Aliases,), {"exists": staticmethod(exists)})
    create = BaseCommand.create_parser

    @wraps(create)
    def create_parser(*args: Any, **kwargs: Any) -> CommandParser:
        parser: CommandParser = create(*args, **kwargs)
        for action in options_of(parser):
            if "--database" in action.option_strings and action.choices is not None:
                action.choices = kind(action.choices)
        return parser

    BaseCommand.create_parser = create_parser  # type: ignore[method-assign]
    setattr(BaseCommand, _DONE, True)


def options_of(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """All options and arguments of a parser."""
    return list(parser._actions)


def _expects() -> None:
    takes(BaseCommand.create_parser, "self", "prog_name", "subcommand", "**kwargs")
    uses(BaseCommand.run_from_argv, "create_parser")
    uses(management.call_command, "create_parser")
    has(argparse.ArgumentParser(), "_actions")


PATCH = Patch("command_options", tried=("5.2", "6.1"), expects=_expects)
