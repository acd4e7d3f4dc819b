"""``adopt_legacy`` in a small project of its own: all is written or nothing, and what can't be is one sentence."""

import os
import sqlite3
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.test import override_settings

from engine.tests.attic import AtticCase

SHOP = """
create table artist (artist_id integer not null primary key, name varchar(120));
create table album (album_id integer not null primary key, title varchar(160) not null,
    artist_id integer not null, foreign key (artist_id) references artist (artist_id));
insert into artist values (1, 'The Tides');
insert into album values (1, 'Low Water', 1);
"""
PROJECT = {
    "manage.py": "",
    ".env": "SECRET_KEY=x\n",
    ".env.example": "SECRET_KEY=\n",
    "tests/test_pages.py": "",
    "adopting/__init__.py": "",
    "adopting/urls.py": "",
    "adopting/settings/databases.py": 'SHARED = [\n    Database("default", name="adopting"),\n]\n',
    "adopting/settings/base.py": 'INSTALLED_APPS = [\n    "manydb",\n]\n',
}
TLS = {"SHOP_DATABASE_TLS": "true", "SHOP_DATABASE_CA_FILE": "/nowhere"}


class AdoptingCase(AtticCase):
    def setUp(self) -> None:
        super().setUp()
        self.make(SHOP)
        self.project = self.folder / "project"
        for name, text in PROJECT.items():
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.project / ".env").chmod(0o600)
        sys.path.insert(0, str(self.project))
        self.addCleanup(sys.path.remove, str(self.project))
        self.addCleanup(sys.modules.pop, "adopting", None)
        self.enterContext(
            override_settings(DEBUG=True, BASE_DIR=self.project, ROOT_URLCONF="adopting.urls")
        )

    @property
    def where(self) -> list[str]:
        """The options that lead to the attic."""
        if self.engine == "sqlite":
            return ["--database", self.name]
        words = ["--engine", self.engine, "--name", self.name]
        for option in ("host", "port", "user"):
            words += [f"--{option}", str(self.entry[option.upper()])]
        return words

    @property
    def password(self) -> dict[str, str]:
        return {} if self.engine == "sqlite" else {"SHOP_DATABASE_PASSWORD": self.entry["PASSWORD"]}

    def tree(self) -> dict[str, str]:
        return {
            path.relative_to(self.project).as_posix(): path.read_text()
            for path in self.project.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    def adopt(self, *words: str, **environment: str) -> str:
        out = StringIO()
        with patch.dict(os.environ, environment), patch("sys.stdin", StringIO()):
            call_command("adopt_legacy", *words, stdout=out, stderr=StringIO())
        return out.getvalue()


class Adoption(AdoptingCase):
    def test_the_lists_the_app_and_the_variables_are_written(self) -> None:
        said = self.adopt("shop", *self.where, "--time-zone=Europe/Berlin", **self.password)
        new = {
            name: text for name, text in self.tree().items() if text != PROJECT.get(name, "none")
        }
        files = {
            "adopting/settings/databases.py",
            "adopting/settings/base.py",
            ".env",
            ".env.example",
            "adopting/shop/__init__.py",
            "adopting/shop/apps.py",
            "adopting/shop/generated.py",
            "adopting/shop/models.py",
            "adopting/shop/admin.py",
            "tests/test_shop.py",
        }
        self.assertEqual(new.keys(), files)
        line = new["adopting/settings/databases.py"]
        for part in ('"shop"', f'engine="{self.engine}"', "read_only=True", "Europe/Berlin"):
            self.assertIn(part, line)
        self.assertIn('    "adopting.shop",\n', new["adopting/settings/base.py"])
        self.assertIn("SECRET_KEY=x\n", new[".env"])
        self.assertIn("SHOP_DATABASE_NAME=", new[".env"])
        self.assertIn("#SHOP_DATABASE_NAME=\n", new[".env.example"])
        self.assertEqual((self.project / ".env").stat().st_mode & 0o777, 0o600)
        self.assertIn("class Album(models.Model):", new["adopting/shop/generated.py"])
        self.assertIn('_DATABASE = "shop"', new["adopting/shop/generated.py"])
        self.assertIn("class Album(generated.Album):\n    pass\n", new["adopting/shop/models.py"])
        self.assertIn("register_app", new["adopting/shop/admin.py"])
        for name in files:
            self.assertIn(f"Wrote {name}\n", said)
        self.assertIn("2 models of shop, read-only.\n", said)
        self.assertIn("    python manage.py check_legacy_models shop\n", said)
        if self.engine != "sqlite":
            self.assertNotIn(self.entry["PASSWORD"], said)

    def test_one_that_may_be_written_to(self) -> None:
        said = self.adopt("shop", *self.where, "--writable", "--app=records", **self.password)
        self.assertIn("2 models of shop, writable.\n", said)
        tree = self.tree()
        self.assertNotIn("read_only", tree["adopting/settings/databases.py"])
        self.assertIn('    "adopting.records",\n', tree["adopting/settings/base.py"])

    def test_a_table_that_only_a_read_only_connection_can_read(self) -> None:
        """Its key is in an order that the process of other software has."""
        if self.engine != "sqlite":
            return  # servers have their orders themselves
        with closing(sqlite3.connect(self.name)) as file:
            file.create_collation("theirs", lambda one, other: (one > other) - (one < other))
            file.execute("create table tag (t text primary key collate theirs) without rowid")
        for alias, words, is_there in (("shop", [], True), ("store", ["--writable"], False)):
            with self.subTest(words):
                self.adopt(alias, *words, *self.where)
                source = (self.project / "adopting" / alias / "generated.py").read_text()
                self.assertEqual("class Tag(" in source, is_there)
                self.assertEqual("Left out: tag: its key is in an order" in source, not is_there)

    def test_its_replicas_are_kept_where_its_server_is(self) -> None:
        if self.engine == "sqlite":
            return  # a file has none, which is refused below
        words = ["--reader-host", "copy-1=3,copy-2"]
        self.adopt("shop", *self.where, *words, **self.password)
        tree = self.tree()
        self.assertIn("SHOP_DATABASE_READER_HOST='copy-1=3,copy-2'\n", tree[".env"])
        self.assertIn("#SHOP_DATABASE_READER_HOST=\n", tree[".env.example"])

    def test_a_password_comes_from_standard_input(self) -> None:
        words = [*self.where, "--password-stdin"]
        with patch("sys.stdin", StringIO(f"{self.entry['PASSWORD']}\n")):
            call_command("adopt_legacy", "shop", *words, stdout=StringIO(), stderr=StringIO())
        self.assertIn("adopting/shop/models.py", self.tree())


class NothingHalfWritten(AdoptingCase):
    def assert_nothing_changes(self, error: str) -> None:
        before = self.tree()
        with self.assertRaisesRegex(CommandError, error):
            self.adopt("shop", *self.where, **self.password)
        self.assertEqual(self.tree(), before)
        self.assertFalse((self.project / "adopting" / "shop").exists())

    def test_if_the_project_does_not_stand_then(self) -> None:
        (self.project / "manage.py").write_text("import sys; sys.exit('it has fallen')")
        self.assert_nothing_changes("(?s)Nothing was changed, as manage.py check .*it has fallen")

    def test_if_a_file_can_not_be_written(self) -> None:
        (self.project / ".env.example").unlink()
        (self.project / ".env.example").mkdir()
        self.assert_nothing_changes("Nothing was changed: .*Is a directory")

    def test_if_a_list_is_not_written_out(self) -> None:
        (self.project / "adopting/settings/base.py").write_text("from .base_of_all import *\n")
        self.assert_nothing_changes("adopting/settings/base.py can't be changed")


class Refusals(AdoptingCase):
    """A case is the command's words, its variables, and what the sentence says."""

    def assert_refused(self, cases: list[tuple[list[str], dict[str, str], str]]) -> None:
        before = self.tree()
        for words, environment, expected in cases:
            with self.subTest(" ".join(words)):
                with self.assertRaises(CommandError) as raised:
                    self.adopt(*words, **environment)
                sentence = str(raised.exception)
                self.assertIn(expected, sentence)
                self.assertEqual(len(sentence.splitlines()), 1)
                self.assertNotIn("wr0ng", sentence)
        self.assertEqual(self.tree(), before)

    def test_of_names_and_of_options_that_contradict(self) -> None:
        (script := self.folder / "shop.sql").write_text("create table a (id integer);")
        here = self.where
        self.assert_refused(
            [
                (["Shop!", *here], {}, "'Shop!' can't be an alias"),
                (["shop_ro", *here], {}, "'shop_ro' can't be an alias"),
                (["default", *here], {}, "'default' is an alias already"),
                (["accounts", *here], {}, "'accounts' is an alias already"),
                (["acme", *here], {}, "'acme' is an alias already"),
                (["admin", *here], {}, "There is an app 'admin' already"),
                (["class", *here], {}, "'class' can't name an app"),
                (["urls", *here], {}, "adopting/urls.py is there already"),
                (["shop", *here, "--app", "pages"], {}, "tests/test_pages.py is there already"),
                (["shop"], {}, "Say where the database is"),
                (["shop", "--refresh"], {}, "'shop' is not an adopted database"),
                (["shop", "--engine", "mysql"], {}, "--engine mysql needs --host"),
                (["shop", "--database", str(script), "--host", "there"], {}, "is of a server"),
                (
                    ["shop", "--database", str(script), "--reader-host", "copy"],
                    {},
                    "--reader-host is of a server",
                ),
                (
                    ["shop", *here, "--time-zone", "Middle-earth"],
                    self.password,
                    "'Middle-earth' is unknown",
                ),
            ]
        )

    def test_of_files_that_are_no_database(self) -> None:
        script, empty, nothing = (
            self.folder / name for name in ("shop.sql", "empty", "nothing.sqlite3")
        )
        script.write_text("create table a (id integer);")
        empty.touch()
        sqlite3.connect(nothing).execute("vacuum").connection.close()
        gone = self.folder / "gone"
        cases: list[tuple[Path, str]] = [
            (gone, f"There is no file {gone}"),
            (self.folder, "There is no file"),
            (empty, f"{empty} is empty"),
            (nothing, "has no table that could be modelled"),
            (script, "is not a SQLite database. If it holds SQL, make"),
        ]
        self.assert_refused([(["shop", "--database", str(path)], {}, said) for path, said in cases])
        self.assertFalse(gone.exists())

    def test_of_servers(self) -> None:
        for case in SERVERS.get(self.engine, []):
            self.assert_refused([self.filled(*case)])

    def filled(
        self, words: list[str], environment: dict[str, str] | None, said: str
    ) -> tuple[list[str], dict[str, str], str]:
        known = self.password if environment is None else environment
        if "hollow" in words:
            self.make("create table a (id integer primary key); drop table a")
            words = words[:-2]
        if "--tls" in words:
            words, known = words[:-1], known | TLS
        return ["shop", *self.where, *words], known, said


WRONG = {"SHOP_DATABASE_PASSWORD": "wr0ng word"}
SERVERS: dict[str, list[tuple[list[str], dict[str, str] | None, str]]] = {
    "postgresql": [
        ([], {}, "There is no terminal to ask for the password"),
        ([], WRONG, "password authentication failed"),
        (["--tls"], None, "server does not support SSL, but SSL was required"),
        (["--port", "1"], None, "Connection refused"),
        (["--name", "nowhere"], None, 'database "nowhere" does not exist'),
        (["--name", "hollow"], None, "shop has no table that could be modelled"),
    ],
    "mysql": [
        ([], {}, "There is no terminal to ask for the password"),
        ([], WRONG, "Access denied"),
        (["--port", "1"], None, "Can't connect"),
        (["--name", "nowhere"], None, "Unknown database"),
        (["--name", "hollow"], None, "shop has no table that could be modelled"),
    ],
}
