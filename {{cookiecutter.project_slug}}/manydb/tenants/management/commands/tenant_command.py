"""``manage.py tenant_command``: any command with a tenant active."""

from typing import Any

from django.core.management import ManagementUtility, call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from manydb.core.routing import alias_of_tenant
from manydb.patches.command_options import options_of
from manydb.tenants import catalog
from manydb.tenants.context import tenant_context
from manydb.tenants.lifecycle.base_command import TenantCommand
from manydb.tenants.lifecycle.errors import sentence


class Command(TenantCommand):
    help = (
        "Runs a command with a tenant active, or with --all once for each tenant that is ready; one that "
        "knows --database gets the tenant's. For example: tenant_command acme -- shell."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/tenants/lifecycle.md. Example: python manage.py tenant_command acme createsuperuser"
        parser.add_argument(
            "--all", action="store_true", help="for every tenant that is ready, not for one"
        )
        parser.add_argument(
            "words", nargs="+", metavar="word", help="the tenant, then -- and the command"
        )

    def _tenant(self, options: dict[str, Any]) -> str:
        return "" if options["all"] else str(options["words"][0])

    def run(self, **options: Any) -> None:
        words = list(options["words"])
        names = (
            [record.name for record in catalog.all_ready()] if options["all"] else [words.pop(0)]
        )
        if "--" in words[:1]:
            del words[0]
        if not words:
            raise CommandError(
                "No command is given. Add one, for example: tenant_command acme -- shell."
            )
        command = ManagementUtility(["manage.py"]).fetch_command(words[0])
        streams = {name: options[name] for name in ("stdout", "stderr") if options.get(name)}
        if not options["all"]:
            _run(command, words, names[0], streams)
            return
        failed = []
        for name in names:
            self.stdout.write(f"{name}:")
            try:
                _run(command, words, name, streams)
            except Exception as error:  # one tenant must not stop the others
                failed.append(name)
                self.stderr.write(f"{name}: {type(error).__name__}: {sentence(error)}")
        if failed:
            raise CommandError(f"{len(failed)} of {len(names)} failed: {', '.join(failed)}.")


def _run(command: BaseCommand, words: list[str], name: str, streams: dict[str, Any]) -> None:
    if catalog.find(name) is None:
        raise CommandError(f"There is no tenant {name!r}. Run list_tenants to see all tenants.")
    alias = alias_of_tenant(name)
    parser = command.create_parser("manage.py", words[0])
    knows = any(action.dest == "database" for action in options_of(parser))
    named = any(word.startswith("--database") for word in words)
    database = {"database": alias} if knows and not named else {}
    was_open = connections[alias].connection is not None
    try:
        with tenant_context(name):
            call_command(command, *words[1:], **database, **streams)
    finally:
        if not was_open:  # or it is the caller's, who may be in a transaction
            connections[alias].close()
