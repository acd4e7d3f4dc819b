"""``manage.py migrate_databases``: brings every database up to date, past the pooler."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from ...direct import past_the_pooler
from ...fleet import migrate, migrated_aliases, pending


class Command(BaseCommand):
    help = (
        "Migrates every database that has tables of this project. A database that fails does not stop "
        "the rest; it is named at the end, and the exit code is 1."
    )
    requires_system_checks = ()  # they would connect to every database first; migrate checks its own

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only", metavar="ALIAS", action="append", help="just this one; may be repeated"
        )
        parser.add_argument(
            "--jobs", metavar="N", type=_jobs, default=1, help="databases at the same time"
        )
        parser.add_argument(
            "--shard",
            metavar="I/N",
            type=_shard,
            default=(1, 1),
            help="the I-th of N equal parts, from 1",
        )
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument(
            "--plan", action="store_true", help="show what is missing and change nothing"
        )
        mode.add_argument("--check", action="store_true", help="exit code 1 if anything is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        aliases = _chosen(options["only"], *options["shard"])
        looking = options["plan"] or options["check"]
        failed: dict[str, str] = {}
        behind = []
        for alias, missing, error in _run(aliases, options["jobs"], looking):
            if error:
                failed[alias] = error
                self.stderr.write(self.style.ERROR(f"{alias}: {error}"))
                continue
            if missing:
                behind.append(alias)
            self.stdout.write(f"{alias}: {_result(missing, looking)}")
            if options["plan"]:
                for app, name in missing:
                    self.stdout.write(f"    {app}.{name}")
        if failed:
            raise CommandError(
                f"{len(failed)} of {len(aliases)} databases failed: {', '.join(sorted(failed))}."
            )
        if options["check"] and behind:
            raise CommandError(
                f"{len(behind)} of {len(aliases)} databases lack migrations: {', '.join(behind)}. "
                "Run python manage.py migrate_databases."
            )


def _chosen(only: list[str] | None, part: int, parts: int) -> list[str]:
    aliases = migrated_aliases()
    if unknown := sorted(set(only or ()) - set(aliases)):
        raise CommandError(f"--only: {unknown[0]!r} is not one of {', '.join(aliases)}.")
    return [alias for alias in aliases if not only or alias in only][part - 1 :: parts]


def _run(
    aliases: list[str], jobs: int, looking: bool
) -> Iterator[tuple[str, list[tuple[str, str]], str]]:
    """Yields alias, migrations that were missing, and what went wrong, as each database is done."""
    if jobs == 1:
        yield from (_one(alias, looking) for alias in aliases)
        return
    with ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(_one_in_thread, alias, looking) for alias in aliases]
        for done in as_completed(running):
            yield done.result()


def _one(alias: str, looking: bool) -> tuple[str, list[tuple[str, str]], str]:
    try:
        if looking:
            with past_the_pooler(alias) as connection:
                return alias, pending(connection), ""
        return alias, migrate(alias), ""
    except Exception as error:  # whatever a migration raises must not stop the other databases
        said = " ".join([str(error), *getattr(error, "__notes__", ())])
        return alias, [], f"{type(error).__name__}: {' '.join(said.split())}"


def _one_in_thread(alias: str, looking: bool) -> tuple[str, list[tuple[str, str]], str]:
    try:
        return _one(alias, looking)
    finally:
        connections.close_all()  # a worker thread has its own, and no request that would close them


def _result(missing: list[tuple[str, str]], looking: bool) -> str:
    if not missing:
        return "up to date"
    return f"lacks {len(missing)} migrations" if looking else f"applied {len(missing)} migrations"


def _jobs(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a number of jobs; use for example 4.")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise ArgumentTypeError(f"{text!r} is not a shard; use for example 1/4.")
    return int(part), int(parts)
