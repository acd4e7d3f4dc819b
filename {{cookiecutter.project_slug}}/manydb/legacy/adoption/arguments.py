"""What the adopter wants, from the command line and from a terminal, and whether it can be had."""

import getpass
import keyword
import os
import re
import sys
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django.apps import apps
from django.core.management.base import CommandError
from django.db import connections

from manydb.core.adopted import parameter
from manydb.core.aliases import REPLICA_NAME, RESERVED, Database
from manydb.core.routing import facts

NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


def refuse_alias(alias: str) -> None:
    """Refuses what can't be an alias, a variable's prefix and a tenant's neighbour at once.

    Raises:
        CommandError: with the reason.
    """
    if not NAME.fullmatch(alias) or REPLICA_NAME.fullmatch(alias):
        raise CommandError(
            f"{alias!r} can't be an alias: use lower-case letters, digits and underscores, at most 30, "
            "not ending in _ro, for example chinook."
        )
    if facts(alias).get("ADOPTED"):
        raise CommandError(f"{alias} is adopted already. Add --refresh to write its models again.")
    taken = {known.lower() for known in connections} | RESERVED | {"testclient"}
    if alias in taken:
        raise CommandError(
            f"{alias!r} is an alias already: choose one that is not, for example old_{alias}."
        )


def refuse_app(app: str) -> None:
    """Refuses what can't name a package, or another app's label.

    Raises:
        CommandError: with the reason.
    """
    if not NAME.fullmatch(app) or keyword.iskeyword(app):
        raise CommandError(f"{app!r} can't name an app: choose another name with --app.")
    if app in {config.label for config in apps.get_app_configs()}:
        raise CommandError(f"There is an app {app!r} already: choose another name with --app.")


def database_line(alias: str, options: Mapping[str, Any]) -> Database:
    """The line in the list of databases.

    Raises:
        CommandError: options that are missing, or that contradict each other.
    """
    if not (options["database"] or options["engine"]):
        raise CommandError(
            "Say where the database is: --database FILE for SQLite, or --engine with --host and --user."
        )
    names = ("host", "port", "name", "user", "reader_host")
    of_servers = [name.replace("_", "-") for name in names if options[name]]
    if options["database"] and of_servers:
        raise CommandError(
            f"--{of_servers[0]} is of a server, and --database names a SQLite file. Leave one of them out."
        )
    zone = options["time_zone"]
    if zone and zone not in available_timezones():
        raise CommandError(f"--time-zone {zone!r} is unknown: use a name such as Europe/Berlin.")
    engine = options["engine"] or "sqlite"
    name = options["name"] or alias
    return Database(
        alias, name=name, engine=engine, read_only=not options["writable"], time_zone=zone
    )


def ask_password(alias: str, options: Mapping[str, Any]) -> str:
    """Reads the password from standard input, a variable or a terminal.

    Never from the command line, because process lists show it.

    Raises:
        CommandError: no variable is set, and there is no terminal.
    """
    name = parameter(alias, "PASSWORD")
    if options["password_stdin"]:
        return sys.stdin.readline().rstrip("\r\n")
    if name in os.environ:
        return os.environ[name]
    if not sys.stdin.isatty():
        raise CommandError(
            f"There is no terminal to ask for the password: set {name} or use --password-stdin."
        )
    return getpass.getpass(f"Password of {options['user']} on {options['host']}: ")
