"""Django's SQLite backend, which opens the file for reading and leaves nothing beside it."""

from contextlib import suppress
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from manydb.core.collations import by_letters, missing_collations


class DatabaseWrapper(base.DatabaseWrapper):
    # What the file was when it was opened as one that others don't write; None if it was not.
    left_as: tuple[int, ...] | None = None
    # Collations that the file names and only other software has. What is not written can be read without.
    stand_ins: set[str]
    lends_orders = (
        True  # False shows what a connection that may write will see: it gets no stand-ins
    )

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Opens the file as a URI that can't write.

        Raises:
            OperationalError: there is no such file. SQLite's own message does not name it.
        """
        path = Path(self.settings_dict["NAME"]).absolute()
        if not path.is_file():
            raise OperationalError(
                f"There is no file {path}. Correct NAME of {self.alias} in DATABASES."
            )
        is_left = _left_in_wal_mode(path)
        self.left_as = _version(path) if is_left else None
        mode = "immutable=1" if is_left else "mode=ro"
        opened = super().get_new_connection(conn_params | {"database": f"{path.as_uri()}?{mode}"})
        self.stand_ins = set()
        if self.lends_orders:
            with suppress(DatabaseError):  # the next statement says why it can't be read
                self.stand_ins = missing_collations(opened.cursor())
        for name in self.stand_ins:
            opened.create_collation(name, by_letters)
        return opened

    def reopen_if_written(self) -> None:
        """Closes a connection that would not see what others have written since; the next query opens it again."""
        path = Path(self.settings_dict["NAME"]).absolute()
        if self.connection is not None and self.left_as and self.left_as != _version(path):
            self.close()


def _version(path: Path) -> tuple[int, ...]:
    """Another one after each write: to the file, or to the log beside it."""
    log = path.with_name(f"{path.name}-wal")
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, int(log.exists())


def _left_in_wal_mode(path: Path) -> bool:
    """A file in WAL mode that no other process has open.

    To read it, SQLite would make a -wal and a -shm beside it, and leave them there, as one that can't
    write does not tidy up (sqlite.org/wal.html, "Read-Only Databases"). Others who come to write while
    we read would not be seen: a connection lasts one request.
    """
    with path.open("rb") as file:
        header = file.read(20)
    return header[18:20] == b"\x02\x02" and not path.with_name(f"{path.name}-wal").exists()
