"""Says which servers, and which catalog, are newer or older than this version of the engine knows.

Checks of databases run with ``check --database ALIAS``, before ``migrate``, and in ``deploy_databases``.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags
from django.db import Error as DatabaseError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from manydb.core.disk_migrations import on_disk
from manydb.core.findings import Error, Warning
from manydb.core.late_checks import register
from manydb.core.placement import shared_alias
from manydb.core.routing import facts

# The oldest and the newest release of each kind of server that the engine's tests passed with.
TRIED = {
    "PostgreSQL": ((15,), (18,)),
    "MariaDB": ((10, 11), (11, 8)),
    "MySQL": ((9, 7), (9, 7)),
}


@register(Tags.database)
def check_servers(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.W018: a server of a release that the engine was not tried with."""
    found: list[CheckMessage] = []
    for alias, connection in _of_ours(databases):
        name, version = server_of(connection)
        if name not in TRIED:
            continue
        oldest, newest = TRIED[name]
        said = ".".join(map(str, version[: len(newest)]))
        how = "newer" if version[: len(newest)] > newest else "older"
        if how == "newer" or version[: len(oldest)] < oldest:
            tried = " to ".join(dict.fromkeys([_text(oldest), _text(newest)]))
            found.append(
                Warning(
                    f"{alias} is on {name} {said}, which is {how} than what manydb was tried with: {tried}.",
                    hint="Run your tests on it, then silence this one; or use a release in between "
                    "(docs/operations/upgrade-server.md).",
                    id="manydb.W018",
                )
            )
    return found


@register(Tags.database)
def check_catalog(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.E016 and manydb.W017: the engine's own tables are those of a newer version, or of an older one."""
    for alias, connection in _of_ours(databases):
        if alias != shared_alias():
            continue
        applied = set(MigrationRecorder(connection).applied_migrations())
        known = set(on_disk().disk_migrations)
        ours = {key for key in applied | known if key[0].startswith("manydb")}
        if newer := sorted(ours & applied - known - _replaced()):
            return [
                Error(
                    f"The tables of manydb in {alias} are those of a newer version: {_key(newer[0])} is not here.",
                    hint="Install the version that migrated it, or a newer one. Going back loses what that version "
                    "keeps there.",
                    id="manydb.E016",
                )
            ]
        if older := sorted(ours & known - applied):
            return [
                Warning(
                    f"The tables of manydb in {alias} are those of an older version: {_key(older[0])} is missing.",
                    hint="Run python manage.py migrate_databases before this version serves pages.",
                    id="manydb.W017",
                )
            ]
    return []


def server_of(connection: BaseDatabaseWrapper) -> tuple[str, tuple[int, ...]]:
    """Returns the kind of a server, and its version."""
    if connection.vendor == "mysql":
        is_mariadb: bool = connection.mysql_is_mariadb  # type: ignore[attr-defined]
        return "MariaDB" if is_mariadb else "MySQL", connection.get_database_version()
    name = "PostgreSQL" if connection.vendor == "postgresql" else connection.display_name
    return name, connection.get_database_version()


def _of_ours(databases: Iterable[str] | None) -> Iterator[tuple[str, BaseDatabaseWrapper]]:
    """Yields those databases that the engine knows and that answer; others say so themselves."""
    for alias in databases or ():
        if not facts(alias):
            continue
        connection = connections[alias]
        try:
            connection.ensure_connection()
        except DatabaseError:
            continue
        yield alias, connection


def _replaced() -> set[tuple[str, str]]:
    """Migrations that a squashed one of this version stands for."""
    return {key for migration in on_disk().disk_migrations.values() for key in migration.replaces}


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _key(key: tuple[str, str]) -> str:
    return ".".join(key)
