"""SQLite, for development: a database is a file, and is copied with SQLite's backup API."""

import shutil
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from manydb.tenants.lifecycle.counting import rows
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.logins import Logins
from manydb.tenants.lifecycle.places import Place, Template, owner_of

_CODE = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
_SIDES = ("", "-wal", "-shm", "-journal")


class SQLite:
    suffix = "sqlite3"
    marks_inside = False

    def exists(self, place: Place) -> bool:
        return place.file.exists()

    @contextmanager
    def making(self, place: Place, token: str, template: Template | None = None) -> Iterator[Place]:
        fresh = _unfinished(place, token)
        try:
            _refuse_another(place.file)
            taken = template and any(_take(spare.file, fresh.file) for spare in template.spares)
            with closing(sqlite3.connect(fresh.file)) as target:
                if template and not taken:
                    _backup(template.place.file, target)
                target.execute("PRAGMA journal_mode=WAL")
            yield fresh
            with closing(sqlite3.connect(fresh.file)) as target:
                target.execute(f"PRAGMA user_version = {_number(token)}")
            _refuse_another(place.file)  # renaming would replace it
            fresh.file.rename(place.file)
        except BaseException:
            _remove(fresh.file)
            raise

    def is_marked(self, place: Place, token: str) -> bool:
        if not self.exists(place):
            return False
        with closing(sqlite3.connect(place.file)) as database:
            return bool(database.execute("PRAGMA user_version").fetchone()[0] == _number(token))

    def release(self, place: Place, token: str) -> None:
        pass  # the number may stay

    def discard(self, place: Place, token: str) -> None:
        for name in self.names(place, _unfinished(place, owner_of(token)).name):
            self.drop(place.named(name))

    def drop(self, place: Place) -> None:
        _remove(place.file)

    def admit(self, place: Place, logins: Logins) -> None:
        pass  # a file has no accounts

    def expel(self, place: Place, names: Iterable[str]) -> None:
        pass

    def forget_rights(self, place: Place, names: Iterable[str]) -> None:
        pass

    def drop_accounts(self, place: Place, names: Iterable[str]) -> None:
        pass

    def shrink(self, place: Place) -> None:
        pass  # a new file has nothing to give back

    def seal(self, place: Place) -> None:
        pass  # no other process opens the file

    def names(self, place: Place, start: str) -> list[str]:
        folder = place.file.parent
        return [path.stem for path in sorted(folder.glob(f"{start}*.sqlite3"))]

    def freeze(self, place: Place) -> str:
        return ""  # a file has no sessions, and one developer

    def thaw(self, place: Place) -> None:
        pass

    def tables_of(self, place: Place) -> Place:
        return place

    def dump(self, place: Place, file: IO[bytes], quiet: bool) -> dict[str, int]:
        with TemporaryDirectory(dir=place.file.parent) as folder:
            path = Path(folder, place.file.name)
            copied = replace(place, settings={**place.settings, "NAME": str(path)})
            self.copy(place, copied)
            with path.open("rb") as database:
                shutil.copyfileobj(database, file)
            with copied.connect() as connection:
                return rows(connection)

    def dump_code(self, place: Place, file: IO[bytes]) -> None:
        pass  # it is in the file

    def load_code(self, place: Place, file: IO[bytes]) -> None:
        pass  # it is in the file

    def has_code(self, file: IO[bytes]) -> bool:
        return True  # which only the loaded file shows

    def copy_code(self, source: Place, target: Place, *, after: bool) -> None:
        if not after:
            return
        with closing(sqlite3.connect(source.file)) as database:
            made = [sql for (_, _, sql) in database.execute(_CODE)]
        with closing(sqlite3.connect(target.file)) as database:
            for sql in made:
                database.execute(sql)
            database.commit()

    def load(
        self, place: Place, file: IO[bytes], *, trusted: bool = False, with_code: bool = False
    ) -> None:
        path = place.file
        _remove(path)
        with path.open("wb") as target:
            shutil.copyfileobj(file, target)
        with closing(sqlite3.connect(path)) as database:
            try:
                (said,) = database.execute("PRAGMA integrity_check").fetchone()
            except sqlite3.DatabaseError as error:
                said = str(error)
        if said != "ok":
            raise ProvisioningError(
                f"The dump holds a damaged database: {said}. Restore another dump."
            )
        if not (trusted or with_code):
            _drop_code(path)

    def copy(self, source: Place, target: Place) -> None:
        with closing(sqlite3.connect(target.file)) as database:
            _backup(source.file, database)


def _drop_code(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        for kind, name, _ in database.execute(_CODE).fetchall():
            quoted = name.replace('"', '""')
            database.execute(f'DROP {kind} "{quoted}"')
        database.commit()


def _unfinished(place: Place, token: str) -> Place:
    return place.beside(f"new_{token}")


def _take(spare: Path, fresh: Path) -> bool:
    try:
        spare.rename(fresh)
    except FileNotFoundError:
        return False  # another process was quicker
    return True


def _backup(source: Path, target: sqlite3.Connection) -> None:
    if not source.exists():  # connecting would make it
        raise ProvisioningError(
            f"There is no database {source.name}. Its file was removed: bring it back from a backup."
        )
    with closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True)) as database:
        database.backup(target)


def _refuse_another(path: Path) -> None:
    if path.exists():
        raise ProvisioningError(
            f"There is a database {path.name} already, which no tenant has. Choose another name, or remove it."
        )


def _remove(path: Path) -> None:
    for side in _SIDES:
        path.with_name(path.name + side).unlink(missing_ok=True)


def _number(token: str) -> int:
    """Returns a token as ``user_version`` holds it: 31 bits, and not 0, which means that it was not set."""
    return zlib.crc32(token.encode()) >> 1 or 1
