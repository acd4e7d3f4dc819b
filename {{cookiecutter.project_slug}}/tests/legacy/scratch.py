"""A database as its old system made it, beside the test databases, whose tables Django has made."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def legacy_database(app: str, like: str) -> Iterator[BaseDatabaseWrapper]:
    """Loads ``legacy/<app>/<engine>.sql`` on the server of the alias ``like``; gone at the end.

    Queries reach it with ``.using("LEGACY")``.
    """
    connection = connections[like].copy("LEGACY")
    with TemporaryDirectory() as folder:
        name = f"{connection.settings_dict['NAME']}_legacy"
        if connection.vendor == "sqlite":
            name = str(Path(folder) / "legacy.sqlite3")
        connection.settings_dict["TEST"]["NAME"] = name
        connection.creation._create_test_db(verbosity=0, autoclobber=True)
        connection.settings_dict["NAME"] = name
        connections["LEGACY"] = connection
        try:
            load(connection, settings.BASE_DIR / "legacy" / app / f"{connection.vendor}.sql")
            yield connection
        finally:
            del connections["LEGACY"]
            connection.close()
            connection.creation._destroy_test_db(name, verbosity=0)


def load(connection: BaseDatabaseWrapper, script: Path) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.prepare_sql_script(script.read_text(encoding="utf-8")):
            cursor.execute(statement)
