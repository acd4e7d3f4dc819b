"""``manage.py deploy_databases``: from empty servers to databases that are served, the first time and every later time."""

import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connections

from manydb.core.command_log import logged
from manydb.core.direct import past_the_pooler
from manydb.core.leases import has_table
from manydb.core.locks import Locked, hold, leased
from manydb.core.placement import shared_alias
from manydb.fleet.admin_account import as_admin
from manydb.fleet.deployment.deployed import deployed, note_deployed, note_domain
from manydb.fleet.deployment.deployed_servers import Servers, Wanted
from manydb.fleet.deployment.deployment_plan import look, unfit
from manydb.fleet.deployment.server import CannotReach, Change

_logger = logging.getLogger("manydb.commands")


class Command(BaseCommand):
    help = (
        "Makes what is missing on the servers (accounts, databases, rights), migrates every database, and checks. The "
        "first deployment and each later one is this command. It never makes an empty database in place of one that was "
        "lost: the very first time it needs --first."
    )
    requires_system_checks = ()  # some of them ask the databases, which may not be there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/first-deployment.md. Example: python manage.py deploy_databases --plan"
        parser.add_argument(
            "--first",
            action="store_true",
            help="the first deployment: the shared database is not there yet, or was made empty",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--plan", action="store_true", help="show what would be done, and change nothing"
        )
        parser.add_argument(
            "--check", action="store_true", help="exit with status 1 if anything is missing"
        )
        parser.add_argument(
            "--forget",
            metavar="ALIAS",
            action="append",
            default=[],
            help="a database that the settings do not name any more; may be repeated",
        )
        parser.add_argument(
            "--new-domain",
            action="store_true",
            help="BASE_DOMAIN is another one than at the last deployment, on purpose",
        )
        parser.add_argument("--jobs", metavar="N", default="1", help="as for migrate_databases")
        parser.add_argument(
            "--canary",
            metavar="N|ALIAS",
            action="append",
            default=[],
            help="as for migrate_databases",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with logged("deploy_databases", changes=not (options["plan"] or options["check"])):
            self._handle(options)

    def _handle(self, options: dict[str, Any]) -> None:
        if reason := unfit():
            raise CommandError(reason)
        servers = Servers()
        shared = servers.of_alias(shared_alias())
        name = str(connections.settings[shared_alias()]["NAME"])
        try:
            # On the server, outside of our databases: before the first of them is there, too.
            with (
                shared.session() as cursor,
                hold(cursor.db, f"deploy {name}"),
                ExitStack() as stack,
            ):
                self._deploy(servers, options, _Exclusion(stack, f"deploy {name}"))
        except CannotReach as error:
            raise CommandError(str(error)) from error
        except Locked as holder:
            raise CommandError(
                f"Another deployment is at work ({holder}). Wait until it is done."
            ) from None
        except Error as error:
            raise CommandError(
                f"A database failed: {shared.said(error)}. Run the command again."
            ) from error

    def _deploy(
        self, servers: Servers, options: dict[str, Any], exclude: Callable[[], None]
    ) -> None:
        plan = look(
            servers,
            first=options["first"],
            forgotten=options["forget"],
            new_domain=options["new_domain"],
        )
        for note in plan.notes:
            self.stderr.write(self.style.WARNING(note))
        if plan.refusals:
            raise CommandError("Nothing was changed. " + "\n".join(plan.refusals))
        for line in plan.lines or ["nothing is missing"]:
            self.stdout.write(f"- {line}")
        self.stdout.write("- migrate the databases, and check them")
        if options["check"] and plan.lines:
            raise CommandError("Something is missing. Run python manage.py deploy_databases.")
        if options["plan"] or options["check"]:
            if not plan.lines:
                self._call("migrate_databases", plan=options["plan"], check=options["check"])
            return
        self._confirm(options["yes"])
        shared = plan.wanted[0]
        if not plan.changes:
            exclude()
        self._make(plan.changes)
        self._call("migrate_databases", only=[each.alias for each in plan.wanted if each.ours])
        exclude()
        self._make_cache_tables()
        self._make(plan.of_tenants)
        with shared.server.database(shared.name, as_owner=True) as cursor:
            note_deployed(cursor, servers.there(plan.wanted, deployed(cursor)))
            note_domain(cursor)
        self._call("migrate_databases", *self._of_fleet(options))
        self._check(shared)

    def _confirm(self, yes: bool) -> None:
        if yes:
            return
        if not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask on. Add --yes to confirm.")
        if input("Continue? [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was changed.")

    def _make(self, changes: list[Change]) -> None:
        for change in changes:
            self.stdout.write(f"{change.text} …")
            _logger.info("%s", change.text)
            try:
                said = change.make()
            except Exception as error:
                raise CommandError(
                    f"{change.text}: {error}. Then run the command again."
                ) from error
            if isinstance(said, str) and said:
                self.stderr.write(self.style.WARNING(said))

    def _call(self, command: str, *words: str, **options: Any) -> None:
        call_command(command, *words, stdout=self.stdout, stderr=self.stderr, **options)

    def _of_fleet(self, options: dict[str, Any]) -> list[str]:
        canaries = [word for canary in options["canary"] for word in ("--canary", canary)]
        return ["--jobs", options["jobs"], *canaries]

    def _make_cache_tables(self) -> None:
        """Makes the table of Django's database cache, which the account of pages may not make."""
        backends = [str(each.get("BACKEND")) for each in settings.CACHES.values()]
        if any(backend.endswith("DatabaseCache") for backend in backends):
            with past_the_pooler(shared_alias(), as_admin), suppress(CommandError):
                call_command("createcachetable", database=shared_alias(), stdout=self.stdout)

    def _check(self, shared: Wanted) -> None:
        """Raises CommandError if the accounts of pages can't use the shared database, or a check finds an error."""
        for login in shared.server.logins:
            if said := shared.server.refuses(login, shared.name):
                raise CommandError(
                    f"{login.user} can't use {shared.name} on {shared.server.label}: {said}. Correct the password, or "
                    "what the server says about hosts."
                )
        with shared.server.session() as cursor:
            for sentence in shared.server.excess(cursor, shared.name):
                self.stderr.write(self.style.WARNING(sentence))
        self._call("check", deploy=not settings.DEBUG, databases=[shared_alias()])


class _Exclusion:
    """Excludes deployments on other nodes until the stack ends, once there is a database that says so.

    It is asked again until there is one. Taking the lease twice would take it over from oneself.
    """

    def __init__(self, stack: ExitStack, name: str) -> None:
        self._stack, self._name, self._holds = stack, name, False

    def __call__(self) -> None:
        if self._holds:
            return
        with suppress(Error):
            connection = self._stack.enter_context(past_the_pooler(shared_alias(), as_admin))
            if has_table(connection):
                self._stack.enter_context(leased(connection, self._name))
                self._holds = True
