"""Django's SQLite backend, which opens the file for reading and leaves nothing beside it."""

from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Opens the file as a URI that can't write.

        Raises:
            OperationalError: there is no such file. SQLite's own message does not name it.
        """
        path = Path(self.settings_dict["NAME"]).absolute()
        if not path.is_file():
            raise OperationalError(f"There is no file {path}, where {self.alias} should be.")
        mode = "immutable=1" if _left_in_wal_mode(path) else "mode=ro"
        return super().get_new_connection(conn_params | {"database": f"{path.as_uri()}?{mode}"})


def _left_in_wal_mode(path: Path) -> bool:
    """A file in WAL mode that no other process has open.

    To read it, SQLite would make a -wal and a -shm beside it, and leave them there, as one that can't
    write does not tidy up (sqlite.org/wal.html, "Read-Only Databases"). Others who come to write while
    we read would not be seen: a connection lasts one request.
    """
    with path.open("rb") as file:
        header = file.read(20)
    return header[18:20] == b"\x02\x02" and not path.with_name(f"{path.name}-wal").exists()
