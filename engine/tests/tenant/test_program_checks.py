"""``check --deploy`` says which client program of the server is missing."""

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.db import connections
from django.test import SimpleTestCase

from manydb.core.placement import shared_alias
from manydb.tenants import program_checks


class Programs(SimpleTestCase):
    def found(self, engine: str, *installed: str) -> list[str]:
        folder = Path(self.enterContext(TemporaryDirectory()))
        for name in installed:
            (folder / name).touch(0o755)
        entry = connections.settings[shared_alias()] | {"ENGINE": f"django.db.backends.{engine}"}
        with (
            mock.patch.dict("os.environ", {"PATH": str(folder)}),
            mock.patch.dict(connections.settings, {shared_alias(): entry}),
        ):
            return [message.msg.split(" ")[0] for message in program_checks.check_programs(None)]

    def test_each_missing_one_is_named(self) -> None:
        for engine, installed, missing in (
            ("postgresql", (), ["pg_dump", "pg_restore"]),
            ("postgresql", ("pg_dump",), ["pg_restore"]),
            ("postgresql", ("pg_dump", "pg_restore"), []),
            ("mysql", (), ["mysqldump", "mysql"]),
            ("mysql", ("mariadb-dump", "mysql"), []),
            ("mysql", ("mysqldump", "mariadb"), []),
            ("sqlite3", (), []),
        ):
            with self.subTest(engine, installed=installed):
                self.assertEqual(self.found(engine, *installed), missing)
