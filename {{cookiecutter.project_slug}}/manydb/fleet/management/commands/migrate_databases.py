"""``manage.py migrate_databases``: migrates every database over direct connections."""

from argparse import ArgumentTypeError
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from threading import Lock
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from manydb.core.command_log import logged
from manydb.core.direct import past_the_pooler
from manydb.core.disk_migrations import fingerprint
from manydb.core.members import Member, fleet
from manydb.core.placement import shared_alias
from manydb.core.progress_bar import Progress
from manydb.fleet.old_code import breaks_old_code
from manydb.fleet.outcome import Outcome, migrate_member, pending_of
from manydb.fleet.rollout import stages
from manydb.fleet.stop_signals import Stopping
from manydb.fleet.targets import Target, target_of
from manydb.fleet.threads import in_threads

LACKING, TO_TAKE_BACK = "lack migrations", "have migrations to take back"
BY_CATALOG = "current by the catalog (--verify asks each database)"

# A project whose router knows no active tenant comes without the parts for large fleets.
HAS_WORKERS = find_spec("manydb.fleet.workers") is not None
HAS_SHARDS = find_spec("manydb.fleet.shards") is not None


class Command(BaseCommand):
    help = (
        "Migrates every database that has tables of this project, the shared ones first. A tenant that "
        "fails does not stop the others: it is named at the end, and the exit status is 1. After a crash, run "
        "it again. A database that is up to date costs two queries."
    )
    requires_system_checks = ()  # they would connect to every database first; migrate checks its own

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "Manual: manydb/docs/fleet.md. Example: python manage.py migrate_databases --plan --only acme"
        parser.add_argument(
            "app", metavar="APP", nargs="?", help="only this app, in every database"
        )
        parser.add_argument(
            "migration",
            metavar="MIGRATION",
            nargs="?",
            help="go to this one, forwards or back; zero is before the first",
        )
        parser.add_argument(
            "--fake", action="store_true", help="record APP's migrations, and run nothing"
        )
        several: dict[str, Any] = {"action": "append", "default": []}
        parser.add_argument(
            "--only", metavar="ALIAS", help="only this database; repeatable", **several
        )
        parser.add_argument(
            "--jobs", metavar="N", type=_number, default=1, help="databases at the same time"
        )
        parser.set_defaults(canary=[], shard=None)
        if HAS_SHARDS:
            self._add_arguments_for_large_fleets(parser)
        parser.add_argument(
            "--wait",
            metavar="SECONDS",
            type=_number,
            default=300,
            help="how long to wait for another run that migrates the same database (default: 300)",
        )
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument(
            "--plan",
            action="store_true",
            help="show what each database would get and change nothing",
        )
        mode.add_argument(
            "--check", action="store_true", help="exit with status 1 if a migration is missing"
        )
        mode.add_argument(
            "--lint",
            action="store_true",
            help="exit with status 1 if a missing migration has what code of the release before can't live with",
        )
        parser.add_argument(
            "--verify",
            action="store_true",
            help="with --plan or --lint, ask each tenant's database, also where the catalog says that it is up to date",
        )

    def _add_arguments_for_large_fleets(self, parser: CommandParser) -> None:
        from manydb.fleet.shards import Shard

        parser.add_argument(
            "--canary",
            metavar="N|ALIAS",
            type=_canary,
            help="migrate N tenants (or this one) first; stop if any of them fails. Repeatable",
            action="append",
            default=[],
        )
        parser.add_argument(
            "--shard",
            metavar="I/N",
            type=Shard.parse,
            default=Shard(),
            help="tenants of the I-th of N parts, from 1; job/N in a Job of Kubernetes or AWS Batch",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.looking = options["plan"] or options["check"] or options["lint"]
        with logged("migrate_databases", changes=not self.looking):
            self._handle(options)

    def _handle(self, options: dict[str, Any]) -> None:
        self.show_plan, self.lint = options["plan"], options["lint"]
        if options["verify"] and not (self.show_plan or self.lint):
            raise CommandError(
                "--verify is for --plan and --lint. Leave it out: a run asks each database anyway."
            )
        # What the catalog says of a tenant that is up to date. A plan changes nothing, and may trust it.
        trusting = (self.show_plan or self.lint) and not options["verify"]
        self.trusted = fingerprint() if trusting else None
        self.target = target_of(options["app"], options["migration"], options["fake"])
        self.done: defaultdict[str, list[str]] = defaultdict(list)  # aliases by result
        self.unsafe: dict[str, None] = {}  # what old code can't live with, in order
        try:
            with past_the_pooler(shared_alias()):  # the catalog is there
                self._run(options)
        except Error as error:
            said = " ".join(str(error).split()).rstrip(".")
            again = "Run it again."
            # A new database has no catalog.
            if self.looking and shared_alias() in self.done[LACKING]:
                again = "Tenants are known after its own migrations: run python manage.py migrate_databases."
            raise CommandError(f"default: {said}. {self._summary()} {again}") from error
        self.stdout.write(self._summary())
        self._look_at_other_shards(options["shard"])
        for sentence in self.unsafe:
            self.stderr.write(self.style.WARNING(sentence))
        if self.lint and self.unsafe:
            raise CommandError(
                f"Code of the release before can't live with {len(self.unsafe)} of these operations. Split them "
                "over two releases, as manydb/docs/releases.md shows."
            )
        if options["check"] and LACKING in self.done:
            raise CommandError(f"{self._named(LACKING)} Run python manage.py migrate_databases.")
        if options["check"] and TO_TAKE_BACK in self.done:
            raise CommandError(self._named(TO_TAKE_BACK))

    def _look_at_other_shards(self, shard: Any) -> None:
        """Says how many tenants are left: with a wrong number of shards, no run is for them."""
        if self.looking or self.target or shard is None or shard.parts == 1:
            return
        state = fleet().state()
        if state and state.outdated:
            self.stderr.write(
                self.style.WARNING(
                    f"{state.outdated} tenants of other shards are not up to date. Unless runs for each of 1/{shard.parts} "
                    f"to {shard.parts}/{shard.parts} are at work, run python manage.py migrate_databases without --shard."
                )
            )

    def _run(self, options: dict[str, Any]) -> None:
        """Raises CommandError at the end of the first stage in which a database failed."""
        with Stopping() as stop, closing(_workers()) as workers:
            for stage in stages(options["only"], options["canary"], options["shard"]):
                jobs = options["jobs"] if stage.of_tenants else 1
                migrate = workers.migrate if jobs > 1 else migrate_member
                attend = partial(self._attend, migrate=migrate)
                if stage.started:
                    self.stdout.write(
                        f"Started by a run that was killed or is still running: {', '.join(stage.started)}."
                    )
                with Progress(self.stdout, stage.total) as progress:
                    busy = []  # another run is working on them, and this one goes on meanwhile
                    for outcome in in_threads(partial(attend, wait=0), stage.members, jobs, stop):
                        if outcome.busy:
                            busy.append(outcome.member)
                        else:
                            self._end(outcome, progress)
                    wait = partial(attend, wait=options["wait"])
                    for outcome in in_threads(wait, _as_they_are_now(busy), jobs, stop):
                        self._end(outcome, progress)
                if stop.asked:
                    raise CommandError(f"Stopped. {self._summary()} Run it again for the rest.")
                if "failed" in self.done:
                    raise CommandError(f"{self._named('failed')}{stage.if_it_fails}")

    def _end(self, outcome: Outcome, progress: Progress) -> None:
        self._report(outcome, progress)
        if not (self.looking or outcome.member.why_not):
            self._finish(outcome)

    def _finish(self, outcome: Outcome) -> None:
        """Notes the result. Whether one app's migration makes a database up to date, the next run finds out."""
        if self.target is None:
            fleet().finish(outcome.member, bool(outcome.lacked), outcome.error)
        elif outcome.lacked or outcome.error:
            fleet().finish(outcome.member, True, outcome.error, is_current=False)

    def _attend(
        self, member: Member, migrate: Callable[[Member, int, Target | None], Outcome], wait: int
    ) -> Outcome:
        is_known = self.trusted == member.fingerprint and self.target is None
        if is_known and not member.why_not:
            return Outcome(member, by_catalog=True)
        outcome = pending_of(member, planned=self.show_plan, target=self.target)
        if self.looking or not (outcome.lacked or outcome.unclaimed):
            return outcome
        cleared = member._replace(fingerprint="")  # as its row is while it is migrated
        done = migrate(member, wait, self.target)
        return replace(done, member=cleared, backwards=outcome.backwards)

    def _report(self, outcome: Outcome, progress: Progress) -> None:
        alias, lacked = outcome.member.alias, outcome.lacked
        if not (lacked or outcome.error or outcome.member.why_not):
            self.done[BY_CATALOG if outcome.by_catalog else "current"].append(alias)
            progress.step(f"{alias}: up to date")
            return
        progress.step()
        if outcome.member.why_not:
            self.done["skipped"].append(alias)
            progress.line(f"{alias}: skipped, {outcome.member.why_not}")
        elif outcome.error:
            self.done["failed"].append(alias)
            progress.line(self.style.ERROR(f"{alias}: {outcome.error}"), self.stderr)
        else:
            pending = TO_TAKE_BACK if outcome.backwards else LACKING
            self.done[pending if self.looking else "migrated"].append(alias)
            verb = self._verb(outcome)
            number = f"{verb} {len(lacked)} migration{'s' if len(lacked) > 1 else ''}"
            progress.line(f"{alias}: {outcome.plan or number}")
            for line in outcome.plan.lines() if outcome.plan else ():
                progress.line(line)
            if (self.show_plan or self.lint) and not outcome.backwards:
                self.unsafe |= dict.fromkeys(breaks_old_code(alias, lacked))

    def _verb(self, outcome: Outcome) -> str:
        if self.looking:
            return "would take back" if outcome.backwards else "lacks"
        done = "took back" if outcome.backwards else "applied"
        return f"recorded that it {done}" if self.target and self.target.fake else done

    def _summary(self) -> str:
        numbers = [f"{len(aliases)} {how}" for how, aliases in self.done.items()]
        return f"In all: {', '.join(numbers) or 'none'}."

    def _named(self, how: str) -> str:
        aliases = sorted(self.done[how])
        total = sum(len(each) for each in self.done.values())
        return f"{len(aliases)} of {total} databases {how}: {', '.join(aliases)}."


def _as_they_are_now(members: list[Member]) -> Iterator[Member]:
    """Yields those that are still there: a command that held a tenant's lock may have dropped it."""
    for member in members:
        now = fleet().member(member.alias) if member.name else member
        if now is not None:
            yield now


class OneByOne:
    """Without worker processes, databases are looked at at the same time and migrated one after the other."""

    def __init__(self) -> None:
        self._lock = Lock()

    def migrate(self, member: Member, wait: float, target: Target | None = None) -> Outcome:
        with self._lock:
            return migrate_member(member, wait, target)

    def close(self) -> None:
        """Nothing is open."""


def _workers() -> Any:
    if not HAS_WORKERS:
        return OneByOne()
    from manydb.fleet.workers import Workers

    return Workers()


def _canary(text: str) -> str:
    return str(_number(text)) if text.isdecimal() else text


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a number from 1. Use for example 4.")
    return int(text)
