"""``--database NEWCO`` for any tenant of the catalog, with every command of Django and others'.

They declare all of ``connections`` as the choices of that option; walking it gives the listed ones only.
"""

from functools import wraps
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

_create_parser = BaseCommand.create_parser


class _Aliases(tuple[str, ...]):
    """The listed aliases, for the help, and any that there is."""

    def __contains__(self, alias: object) -> bool:
        return super().__contains__(alias) or alias in connections.settings


@wraps(_create_parser)
def create_parser(*args: Any, **kwargs: Any) -> CommandParser:
    parser = _create_parser(*args, **kwargs)
    for action in parser._actions:
        if "--database" in action.option_strings and action.choices is not None:
            action.choices = _Aliases(action.choices)
    return parser


def install() -> None:
    BaseCommand.create_parser = create_parser  # type: ignore[method-assign]
