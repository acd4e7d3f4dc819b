"""MySQL and MariaDB: a new database gets the tables of a template; dumps are mysqldump's.

MySQL can't rename a database, so a table in it marks one that is not complete yet.

Sources: MySQL manual, mysqldump, "Encrypted Connections"; MariaDB, mariadb-dump.
"""

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import IO

from django.db.backends.utils import CursorWrapper

from manydb.core.ownership import IDENTITY_TABLE
from manydb.tenants.lifecycle.counting import BEING_MADE, rows
from manydb.tenants.lifecycle.engines.mysql.account_for_dumps import restricted
from manydb.tenants.lifecycle.engines.mysql.accounts import Accounts
from manydb.tenants.lifecycle.engines.mysql.copy_tables import (
    copy_tables,
    has_more_than_tables,
    take_tables,
)
from manydb.tenants.lifecycle.engines.mysql.freezing import Freezing, end_sessions, frozen_place
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

_PACKAGE = "default-mysql-client"
_TABLES = (
    "SELECT COUNT(*), SUM(table_name = %s) FROM information_schema.tables WHERE table_schema = %s"
)
_COMMENT = "SELECT table_comment FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"
_VIEWS = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'VIEW'"
_ENGINES = (
    "SELECT table_name, engine FROM information_schema.tables "
    "WHERE table_schema = %s AND table_type = 'BASE TABLE'"
)
_PLAIN = {"InnoDB", "MyISAM", "Aria", "MEMORY", "ROCKSDB"}
_DEFINER = re.compile(
    rb"/\*!50017 DEFINER=\S+\*/|/\*!50013 DEFINER=\S+ SQL SECURITY \w+ \*/|DEFINER=`[^`]*`@`[^`]*`"
)
_DATABASE = "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s"


class MySQL(Freezing, Accounts):
    suffix = "sql"
    marks_inside = True

    def exists(self, place: Place) -> bool:
        return _state(place) == "whole"

    @contextmanager
    def making(self, place: Place, token: str, template: Template | None = None) -> Iterator[Place]:
        if _state(place) != "absent":
            raise ProvisioningError(
                f"There is a database {place.name} already, which no tenant has. Choose another name, or drop it."
            )
        try:
            with place.server() as cursor:
                cursor.execute(f"CREATE DATABASE {place.quoted()} CHARACTER SET utf8mb4")
            with place.connect() as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE TABLE `{BEING_MADE}` (id int) COMMENT = %s", [token])
                if template:
                    self._fill(cursor, template, place)
            yield place
        except BaseException:
            self.discard(place, token)  # not one that another process has made just now
            raise

    def _fill(self, cursor: CursorWrapper, template: Template, place: Place) -> None:
        if any(take_tables(cursor, template.place, spare) for spare in template.spares):
            return
        if not copy_tables(cursor, template.place):
            self.copy(template.place, place)

    def is_marked(self, place: Place, token: str) -> bool:
        return _state(place) == token

    def discard(self, place: Place, token: str) -> None:
        state = _state(place)
        # An empty one is left by a run that was killed before it could mark it.
        if state == "empty" or state.startswith(owner_of(token)):
            self.drop(place)

    def release(self, place: Place, token: str) -> None:
        with place.server() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {place.quoted()}.`{BEING_MADE}`")

    def drop(self, place: Place) -> None:
        with place.server() as cursor:
            for each in (place, frozen_place(place)):
                end_sessions(cursor, each)  # a transaction that is open there would make it wait
                cursor.execute(f"DROP DATABASE IF EXISTS {each.quoted()}")

    def shrink(self, place: Place) -> None:
        pass  # its tables are created one by one

    def seal(self, place: Place) -> None:
        pass  # sessions in a template do not block copies of it

    def names(self, place: Place, start: str) -> list[str]:
        with place.server() as cursor:
            cursor.execute(
                "SELECT schema_name FROM information_schema.schemata WHERE LEFT(schema_name, %s) = %s",
                [len(start), start],
            )
            return [name for (name,) in cursor.fetchall()]

    def dump(self, place: Place, file: IO[bytes], quiet: bool) -> dict[str, int] | None:
        read_from(_dump(place, _data_only(place)), file)
        if not quiet:
            return None  # only mysqldump sees the moment of its dump
        with place.connect() as connection:
            return rows(connection)

    def dump_code(self, place: Place, file: IO[bytes]) -> None:
        with place.server() as cursor:
            if not has_more_than_tables(cursor, place):
                return
        code = BytesIO()
        views = _views(place)
        if views:
            read_from(_dump(place, ["--skip-triggers"], views), code)
        read_from(_dump(place, ["--no-create-info", "--no-data", "--routines", "--events"]), code)
        # Those who are in it may not exist where it is loaded, and would be whom it runs as.
        file.write(_DEFINER.sub(b"", code.getvalue()))

    def load(
        self, place: Place, file: IO[bytes], *, trusted: bool = False, with_code: bool = False
    ) -> None:
        if trusted:
            write_to(_client(place), file)
            return
        with restricted(place) as reached:
            write_to(_client(reached), file)
        self._refuse_links(place)

    def _refuse_links(self, place: Place) -> None:
        """Refuses tables that lead to other files or servers, such as those of FEDERATED and CONNECT."""
        with place.server() as cursor:
            cursor.execute(_ENGINES, [place.name])
            if wrong := [
                f"{table} ({engine})" for table, engine in cursor.fetchall() if engine not in _PLAIN
            ]:
                raise ProvisioningError(
                    f"The dump has a table that holds the rows of other tables: {wrong[0]}. Restore another dump."
                )

    def load_code(self, place: Place, file: IO[bytes]) -> None:
        write_to(_client(place), file)

    def has_code(self, file: IO[bytes]) -> bool:
        return False  # it is apart

    def copy_code(self, source: Place, target: Place, *, after: bool) -> None:
        if after:
            code = BytesIO()
            self.dump_code(source, code)
            code.seek(0)
            self.load_code(target, code)

    def copy(self, source: Place, target: Place) -> None:
        pipe(_dump(source, ["--routines", "--events", "--triggers"]), _client(target))


def _state(place: Place) -> str:
    """Returns ``absent``, ``empty``, ``whole`` or, while it is made, the token of the run that makes it."""
    with place.server() as cursor:
        # Names alone, and of one database: the server reads no table for that.
        cursor.execute(_TABLES, [BEING_MADE, place.name])
        tables, marked = cursor.fetchone()
        if marked:
            cursor.execute(_COMMENT, [place.name, BEING_MADE])
            return str(cursor.fetchone()[0])
        if tables:
            return "whole"
        cursor.execute(_DATABASE, [place.name])
        return "empty" if cursor.fetchone() else "absent"


def _views(place: Place) -> list[str]:
    with place.server() as cursor:
        cursor.execute(_VIEWS, [place.name])
        return [name for (name,) in cursor.fetchall()]


def _data_only(place: Place) -> list[str]:
    left_out = [f"--ignore-table={place.name}.{view}" for view in _views(place)]
    return ["--skip-triggers", *left_out]


def _dump(place: Place, options: Sequence[str], tables: Sequence[str] = ()) -> Command:
    path = program("mysqldump", "mariadb-dump", package=_PACKAGE)
    database = place.name
    left_out = (
        f"--ignore-table={database}.{IDENTITY_TABLE}",
        f"--ignore-table={database}.{BEING_MADE}",
    )
    what = ("--single-transaction", "--hex-blob", "--no-tablespaces")
    command = _command(place, path, *what, *left_out, *_OF_DUMP[_is_mariadb(path)], *options)
    return replace(command, words=[*command.words, *tables])


def _client(place: Place) -> Command:
    path = program("mysql", "mariadb", package=_PACKAGE)
    # A dump is data: commands of the client in it are not obeyed, and no file of this machine is sent.
    sandbox = ["--sandbox"] if _knows_sandbox(path) else []
    return _command(place, path, "--batch", "--binary-mode", "--local-infile=0", *sandbox)


# Each by whether the tools are MariaDB's. MySQL's would write the server's GTIDs into the dump, which
# only an administrator may load, and ask older servers for statistics that they don't have.
_OF_DUMP: dict[bool, tuple[str, ...]] = {
    True: (),
    False: ("--set-gtid-purged=OFF", "--column-statistics=0"),
}
_VERIFY = {True: "--ssl-verify-server-cert", False: "--ssl-mode=VERIFY_IDENTITY"}


def _command(place: Place, path: str, *options: str) -> Command:
    verified = place.settings.get("OPTIONS", {}).get("ssl_mode") == "VERIFY_IDENTITY"
    tls = [_VERIFY[_is_mariadb(path)]] if verified else []
    command = command_for(place, path)
    # The first word: the file of OPTIONS["read_default_file"], or none. ~/.my.cnf is for people.
    file = [word for word in command.words if word.startswith("--defaults-file=")]
    # The dump holds every letter, whatever the connections of the site can show.
    charset = "--default-character-set="
    words = [each for each in command.words if not each.startswith((*file, charset))]
    return replace(command, words=words).adding(
        *(file or ["--no-defaults"]), f"{charset}utf8mb4", *tls, *options
    )


@cache
def _is_mariadb(path: str) -> bool:
    return b"MariaDB" in subprocess.run([path, "--version"], capture_output=True, check=True).stdout  # noqa: S603


@cache
def _knows_sandbox(path: str) -> bool:
    return b"--sandbox" in subprocess.run([path, "--help"], capture_output=True, check=True).stdout  # noqa: S603
