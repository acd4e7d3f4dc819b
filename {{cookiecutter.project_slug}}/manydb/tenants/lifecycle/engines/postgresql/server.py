"""PostgreSQL: a new database is a copy of a template; dumps are pg_dump's.

Sources: PostgreSQL, "Template Databases", CREATE DATABASE, DROP DATABASE, pg_dump and pg_restore.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.db import OperationalError, ProgrammingError
from django.db.backends.utils import CursorWrapper

from manydb.core.ownership import IDENTITY_TABLE
from manydb.tenants.lifecycle.counting import rows
from manydb.tenants.lifecycle.engines.postgresql.accounts import Accounts
from manydb.tenants.lifecycle.engines.postgresql.archive_entries import (
    CODE_AFTER,
    CODE_BEFORE,
    DATA,
    of_kinds,
)
from manydb.tenants.lifecycle.engines.postgresql.freezing import Freezing, end_sessions
from manydb.tenants.lifecycle.engines.postgresql.role_for_dumps import restricted
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


class PostgreSQL(Freezing, Accounts):
    suffix = "dump"  # pg_dump's custom format, compressed
    marks_inside = False  # it is the database's comment

    def exists(self, place: Place) -> bool:
        with place.server() as cursor:
            return _exists(cursor, place)

    @contextmanager
    def making(self, place: Place, token: str, template: Template | None = None) -> Iterator[Place]:
        fresh = _unfinished(place, token)
        # Not template1, into which an administrator may have put something that a dump has, too.
        source = template.place.quoted() if template else "template0"
        spares = template.spares if template else ()
        try:
            with place.server() as cursor:
                if _exists(cursor, place):
                    raise ProvisioningError(
                        f"There is a database {place.name} already, which no tenant has. Choose another name, or "
                        "drop it."
                    )
                if not any(_take(cursor, spare, fresh) for spare in spares):
                    cursor.execute(f"CREATE DATABASE {fresh.quoted()} TEMPLATE {source}")
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

    def dump_code(self, place: Place, file: IO[bytes]) -> None:
        pass  # it is in the archive

    def load(
        self, place: Place, file: IO[bytes], *, trusted: bool = False, with_code: bool = False
    ) -> None:
        if trusted:
            write_to(_restore(place), file)
            return
        with _on_disk(file) as archive, restricted(place) as reached:
            _load_only(reached, archive, DATA | (CODE_BEFORE | CODE_AFTER if with_code else set()))

    def load_code(self, place: Place, file: IO[bytes]) -> None:
        pass  # it is in the archive

    def has_code(self, file: IO[bytes]) -> bool:
        with _on_disk(file) as archive:
            return bool(of_kinds(_listed(archive), CODE_BEFORE | CODE_AFTER))

    def copy_code(self, source: Place, target: Place, *, after: bool) -> None:
        # Of a copy, since the template itself takes no connections.
        scratch = source.beside(f"code_{secrets.token_hex(4)}")
        with NamedTemporaryFile() as archive:
            try:
                with self.making(
                    scratch, f"code_{secrets.token_hex(4)}", Template(source)
                ) as fresh:
                    read_from(_dump(fresh, "--schema-only"), archive)
            finally:
                self.drop(scratch)
            archive.flush()
            _load_only(target, Path(archive.name), CODE_AFTER if after else CODE_BEFORE)

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


@contextmanager
def _on_disk(file: IO[bytes]) -> Iterator[Path]:
    """Yields a file that pg_restore can read twice; only its owner may read it."""
    with NamedTemporaryFile() as archive:
        copyfileobj(file, archive)
        archive.flush()
        yield Path(archive.name)


def _listed(archive: Path) -> str:
    """Returns the list of the entries of an archive."""
    tool = program("pg_restore", package="postgresql-client")
    listed = BytesIO()
    read_from(Command([tool, "--list", str(archive)], {}, ""), listed)
    return listed.getvalue().decode(errors="replace")


def _load_only(place: Place, archive: Path, kinds: set[str]) -> None:
    """Loads the entries of an archive that are of these kinds, all of them or none."""
    with NamedTemporaryFile("w", suffix=".list") as chosen:
        chosen.write("\n".join([*of_kinds(_listed(archive), kinds), ""]))
        chosen.flush()
        command = _restore(place).adding(f"--use-list={chosen.name}")
        read_from(replace(command, words=[*command.words, str(archive)]), BytesIO())


def _command(place: Place, tool: str, *options: str) -> Command:
    # Owners and grants belong to one server. Another one may not have these roles.
    plain = ["--no-owner", "--no-acl", "--no-password"]
    if role := place.settings.get("OPTIONS", {}).get("assume_role"):
        plain.append(f"--role={role}")  # whose tables they are
    command = command_for(place, program(tool, package="postgresql-client"))
    database = command.words.pop()
    return command.adding(*plain, *options, f"--dbname={database}")
