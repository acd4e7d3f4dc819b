"""What the steps of a tenant's life need of a database server, for each that this project knows."""

from contextlib import AbstractContextManager
from typing import IO, Protocol

from manydb.tenants.lifecycle.engines.mysql.server import MySQL
from manydb.tenants.lifecycle.engines.postgresql.server import PostgreSQL
from manydb.tenants.lifecycle.engines.sqlite import SQLite
from manydb.tenants.lifecycle.places import Place, Template


class Engine(Protocol):
    """``token`` is ``<owner>_<run>``: whom a database is made for and by which run, in letters of a name.

    Every method raises ProvisioningError when the server or one of its tools says no.
    """

    suffix: str  # of a dump's file
    marks_inside: bool  # whether a mark is in the database, where its tenant would find it

    def exists(self, place: Place) -> bool:
        """Whether there is a whole database of this name."""

    def making(
        self, place: Place, token: str, template: Template | None = None
    ) -> AbstractContextManager[Place]:
        """Makes a database, empty or as the template, from a spare if one can be had: yields where to fill it.

        When the block ends it is whole, under its name. When it fails nothing is left. If there is one
        of that name, that is not touched and this fails.
        """

    def is_marked(self, place: Place, token: str) -> bool:
        """Whether the database is there, this run made it, and the catalog may not know of it yet."""

    def discard(self, place: Place, token: str) -> None:
        """Removes what runs of the token's owner that were killed left of databases not yet whole."""

    def release(self, place: Place, token: str) -> None:
        """Takes the token's mark off, once the catalog knows of the database."""

    def drop(self, place: Place) -> None:
        """Drops it whoever is connected; nothing happens if it is not there."""

    def shrink(self, place: Place) -> None:
        """Makes a template as small as it can be, where that makes copying it faster."""

    def seal(self, place: Place) -> None:
        """Lets nobody connect to a template or a spare, where the server can do that."""

    def names(self, place: Place, start: str) -> list[str]:
        """The databases of this server whose names start like this."""

    def freeze(self, place: Place) -> str:
        """Ends every session in the database, and lets the server refuse what later ones write.

        Returns:
            why the server can't do that; "" if it does.
        """

    def thaw(self, place: Place) -> None:
        """Undoes ``freeze``; nothing happens to a database that is not frozen."""

    def tables_of(self, place: Place) -> Place:
        """Where to read what the database has, be it frozen or not."""

    def dump(self, place: Place, file: IO[bytes], quiet: bool) -> dict[str, int] | None:
        """Writes a dump of one moment, while others work on it unless it is ``quiet``.

        Returns:
            the rows of each table in the dump, or None where that can't be known.
        """

    def load(self, place: Place, file: IO[bytes]) -> None:
        """Fills an empty database from a dump."""

    def copy(self, source: Place, target: Place) -> None:
        """Fills an empty database, also on another server, with all that is in this one at one moment."""


ENGINES: dict[str, Engine] = {"sqlite": SQLite(), "mysql": MySQL(), "postgresql": PostgreSQL()}


def engine_of(place: Place) -> Engine:
    """The engine of this place."""
    with place.connect() as connection:  # which opens nothing until it is used
        return ENGINES[connection.vendor]
