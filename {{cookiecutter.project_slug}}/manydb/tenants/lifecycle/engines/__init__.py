"""What lifecycle commands need of a database server, for each kind of server."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import IO, Protocol

from manydb.tenants.lifecycle.engines.mysql.server import MySQL
from manydb.tenants.lifecycle.engines.postgresql.server import PostgreSQL
from manydb.tenants.lifecycle.engines.sqlite import SQLite
from manydb.tenants.lifecycle.logins import Logins
from manydb.tenants.lifecycle.places import Place, Template


class Engine(Protocol):
    """One kind of database server.

    A ``token`` is ``<owner>_<run>``: for whom a database is made, and by which run of a command. It consists of
    characters that a name may have. Every method raises ProvisioningError or django.db.Error when the server or
    one of its tools fails.
    """

    suffix: str  # of the dump's name
    marks_inside: bool  # whether the mark is inside the database, where the tenant would see it

    def exists(self, place: Place) -> bool:
        """Returns whether there is a complete database of this name."""

    def making(
        self, place: Place, token: str, template: Template | None = None
    ) -> AbstractContextManager[Place]:
        """Makes a database, empty or as a copy of the template, and yields where to fill it.

        The copy is a spare, if there is one. When the block ends, the database is complete and has its name.
        When the block fails, the database is removed. A database that has the name already is not touched.
        """

    def is_marked(self, place: Place, token: str) -> bool:
        """Returns whether the database exists and has this token's mark."""

    def discard(self, place: Place, token: str) -> None:
        """Removes incomplete databases that killed runs of the token's owner have left."""

    def release(self, place: Place, token: str) -> None:
        """Removes the token's mark, once the catalog lists the database."""

    def drop(self, place: Place) -> None:
        """Drops the database and ends its sessions. A missing database is no error."""

    def admit(self, place: Place, logins: Logins) -> None:
        """Makes the accounts of a tenant, where they are missing, and gives them rights on the rows of this database."""

    def expel(self, place: Place, names: Iterable[str]) -> None:
        """Takes all rights on this database away from accounts of these names, those that exist."""

    def forget_rights(self, place: Place, names: Iterable[str]) -> None:
        """Takes away what accounts may do in a database that was dropped, where the server keeps that."""

    def drop_accounts(self, place: Place, names: Iterable[str]) -> None:
        """Drops the accounts of these names on this server, those that exist, and ends their sessions."""

    def shrink(self, place: Place) -> None:
        """Makes a template smaller, where that makes copying it faster."""

    def seal(self, place: Place) -> None:
        """Forbids connections to a template or a spare, where the server can do that."""

    def names(self, place: Place, start: str) -> list[str]:
        """Returns the databases of this server whose names start with ``start``."""

    def freeze(self, place: Place) -> str:
        """Ends every session in the database, and makes the database read-only for later ones.

        Returns:
            the reason why the server can't make it read-only; "" if it did.
        """

    def thaw(self, place: Place) -> None:
        """Undoes ``freeze``. A database that is not frozen stays as it is."""

    def tables_of(self, place: Place) -> Place:
        """Returns where the tables are, whether the database is frozen or not."""

    def dump(self, place: Place, file: IO[bytes], quiet: bool) -> dict[str, int] | None:
        """Writes a dump of one moment.

        Args:
            quiet: no other session writes to the database.

        Returns:
            the number of rows of each table in the dump; None if it can't be known.
        """

    def dump_code(self, place: Place, file: IO[bytes]) -> None:
        """Writes what is left out of ``dump``: views, triggers, routines and events, if that has them apart."""

    def load(
        self, place: Place, file: IO[bytes], *, trusted: bool = False, with_code: bool = False
    ) -> None:
        """Fills an empty database with the data of a dump, by an account that has rights on this one only.

        The file is not trusted: it may be forged. Code in it is left out.

        Args:
            trusted: it was written a moment ago by this process. It is loaded by the project's own account, with
                the code that is in it.
            with_code: load the code that is in it, too, by the same account as the data.
        """

    def load_code(self, place: Place, file: IO[bytes]) -> None:
        """Adds what ``dump_code`` has written."""

    def copy_code(self, source: Place, target: Place, *, after: bool) -> None:
        """Adds the views, triggers, routines and events of another database, such as the template.

        Args:
            after: those that need tables; otherwise those that tables may need.
        """

    def has_code(self, file: IO[bytes]) -> bool:
        """Returns whether the dump has code that ``load`` leaves out."""

    def copy(self, source: Place, target: Place) -> None:
        """Fills an empty database, also on another server, with the data of this one at one moment."""


ENGINES: dict[str, Engine] = {"sqlite": SQLite(), "mysql": MySQL(), "postgresql": PostgreSQL()}


def engine_of(place: Place) -> Engine:
    """Returns the engine of the server where a database is."""
    with place.connect() as connection:  # which opens nothing until it is used
        return ENGINES[connection.vendor]
