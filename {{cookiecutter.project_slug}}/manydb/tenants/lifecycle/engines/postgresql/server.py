"""PostgreSQL: a new database is a copy of a template; dumps are pg_dump's.

Sources: PostgreSQL, "Template Databases", CREATE DATABASE, DROP DATABASE, pg_dump and pg_restore.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.db import OperationalError, ProgrammingError
from django.db.backends.utils import CursorWrapper

from manydb.core.ownership import IDENTITY_TABLE
from manydb.tenants.lifecycle.counting import rows
from manydb.tenants.lifecycle.engines.postgresql.freezing import Freezing, end_sessions
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.places import Place, Template, owner_of
from manydb.tenants.lifecycle.programs import (
    Command,
    command_for,
    pipe,
    program,
    read_from,
    write_to,
)


class PostgreSQL(Freezing):
    suffix = "dump"  # pg_dump's custom format, compressed
    marks_inside = False  # it is the database's comment

    def exists(self, place: Place) -> bool:
        with place.server() as cursor:
            return _exists(cursor, place)

    @contextmanager
    def making(self, place: Place, token: str, template: Template | None = None) -> Iterator[Place]:
        fresh = _unfinished(place, token)
        source = f" TEMPLATE {template.place.quoted()}" if template else ""
        spares = template.spares if template else ()
        try:
            with place.server() as cursor:
                if _exists(cursor, place):
                    raise ProvisioningError(
                        f"There is a database {place.name} already, which no tenant has. Choose another name, or "
                        "drop it."
                    )
                if not any(_take(cursor, spare, fresh) for spare in spares):
                    cursor.execute(f"CREATE DATABASE {fresh.quoted()}{source}")
                # Renaming keeps the comment, which tells whose database it is.
                cursor.execute(_comment(cursor, fresh, token))
                yield fresh
                # This fails, and changes nothing, if the name is taken.
                cursor.execute(f"ALTER DATABASE {fresh.quoted()} RENAME TO {place.quoted()}")
        except BaseException:
            self.drop(fresh)  # on another connection: this one may be what failed
            raise

    def is_marked(self, place: Place, token: str) -> bool:
        with place.server() as cursor:
            cursor.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [place.name],
            )
            return bool(cursor.fetchone() == (token,))

    def release(self, place: Place, token: str) -> None:
        pass  # the comment may stay

    def discard(self, place: Place, token: str) -> None:
        for name in self.names(place, _unfinished(place, owner_of(token)).name):
            self.drop(place.named(name))

    def drop(self, place: Place) -> None:
        with place.server() as cursor:
            if place.settings.get("OPTIONS", {}).get("assume_role"):
                end_sessions(cursor, place)  # FORCE would end them as the role, which may not
            cursor.execute(f"DROP DATABASE IF EXISTS {place.quoted()} WITH (FORCE)")

    def shrink(self, place: Place) -> None:
        # With the catalogs, which are most of it: every copy is an eighth smaller.
        with place.connect() as connection, connection.cursor() as cursor:
            cursor.execute("VACUUM FULL")

    def seal(self, place: Place) -> None:
        # A database with a session, even an idle one, can't be copied or renamed.
        with place.server() as cursor:
            cursor.execute(f"ALTER DATABASE {place.quoted()} ALLOW_CONNECTIONS false")

    def names(self, place: Place, start: str) -> list[str]:
        with place.server() as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [start]
            )
            return [name for (name,) in cursor.fetchall()]

    def dump(self, place: Place, file: IO[bytes], quiet: bool) -> dict[str, int]:
        with place.connect() as connection, connection.cursor() as cursor:
            # pg_dump reads the snapshot in which we count.
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
            read_from(_dump(place, f"--snapshot={snapshot}"), file)
            return rows(connection)

    def load(self, place: Place, file: IO[bytes]) -> None:
        write_to(_restore(place), file)

    def copy(self, source: Place, target: Place) -> None:
        pipe(_dump(source), _restore(target))


def _exists(cursor: CursorWrapper, place: Place) -> bool:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [place.name])
    return cursor.fetchone() is not None


def _comment(cursor: CursorWrapper, place: Place, token: str) -> Any:
    """Composed here, for no parameter can stand in this statement where the server binds them."""
    operations: Any = cursor.db.ops
    return operations.compose_sql(f"COMMENT ON DATABASE {place.quoted()} IS %s", [token])


def _take(cursor: CursorWrapper, spare: Place, fresh: Place) -> bool:
    try:
        cursor.execute(f"ALTER DATABASE {spare.quoted()} RENAME TO {fresh.quoted()}")
    except (OperationalError, ProgrammingError):
        return False  # another process has taken it, or is connected
    cursor.execute(f"ALTER DATABASE {fresh.quoted()} ALLOW_CONNECTIONS true")
    return True


def _unfinished(place: Place, token: str) -> Place:
    return place.beside(f"new_{token}")


def _dump(place: Place, *options: str) -> Command:
    left_out = f"--exclude-table={IDENTITY_TABLE}"
    return _command(place, "pg_dump", "--format=custom", left_out, *options)


def _restore(place: Place) -> Command:
    return _command(place, "pg_restore", "--exit-on-error", "--single-transaction")


def _command(place: Place, tool: str, *options: str) -> Command:
    # Owners and grants belong to one server. Another one may not have these roles.
    plain = ["--no-owner", "--no-acl", "--no-password"]
    if role := place.settings.get("OPTIONS", {}).get("assume_role"):
        plain.append(f"--role={role}")  # whose tables they are
    command = command_for(place, program(tool, package="postgresql-client"))
    database = command.words.pop()
    return command.adding(*plain, *options, f"--dbname={database}")
