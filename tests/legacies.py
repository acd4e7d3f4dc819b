"""Legacy databases for tests, of other software's making: on any engine, with a fingerprint of every bit."""

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .lone_django import connection_to
from .servers.fixtures import server_of

ENGINES = ("sqlite", "mysql", "postgresql")
SHOP = """
create table artist (artist_id integer not null primary key, name varchar(120));
create table album (album_id integer not null primary key, title varchar(160) not null, released {moment},
    artist_id integer not null, foreign key (artist_id) references artist (artist_id));
create table track (track_id integer not null primary key, name varchar(200) not null, album_id integer,
    milliseconds integer not null, unit_price numeric(10, 2) not null, sample {bytes},
    foreign key (album_id) references album (album_id));
create table playlist_track (playlist_id integer not null, track_id integer not null,
    primary key (playlist_id, track_id), foreign key (track_id) references track (track_id));
create view long_track as select track_id, name from track where milliseconds > 300000;
insert into artist values (1, 'The Tides'), (2, null);
insert into album values (1, 'Low Water', '2021-03-28 02:30:00', 1), (2, 'Ebb', '2021-10-31 02:30:00.125', 2);
insert into track values (1, 'Ü-Boot', 1, 310000, 0.99, {blob}), (2, 'Wrack', 2, 120000, 1.10, null),
    (3, '', null, 1, 0, null);
insert into playlist_track values (1, 1), (1, 2), (2, 1);
"""
SPELLED = {
    "sqlite": {"moment": "datetime", "bytes": "blob", "blob": "x'00ff'"},
    "mysql": {"moment": "datetime(3)", "bytes": "blob", "blob": "x'00ff'"},
    "postgresql": {"moment": "timestamp", "bytes": "bytea", "blob": r"'\x00ff'"},
}
MODELS = {"Artist": 2, "Album": 2, "Track": 3, "PlaylistTrack": 3, "LongTrack": 1}


@dataclass
class Legacy:
    """One of them: ``options`` are those of adopt_legacy, ``variables`` what it needs besides."""

    engine: str
    name: str
    path: Path
    server: Any

    @property
    def options(self) -> list[str]:
        if self.engine == "sqlite":
            return ["--database", str(self.path)]
        place = ["--host", self.server.host, "--port", str(self.server.port)]
        return ["--engine", self.engine, *place, "--name", self.name, "--user", self.server.user]

    def variables(self, alias: str) -> dict[str, str]:
        if self.engine == "sqlite":
            return {}
        return {f"{alias.upper()}_DATABASE_PASSWORD": self.server.password}

    @property
    def settings(self) -> dict[str, Any]:
        """Its entry in ``DATABASES``."""
        if self.engine == "sqlite":
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.path)}
        found: dict[str, Any] = connection_to(self.server, self.name)["default"]
        return found

    def fingerprint(self) -> Any:
        """The file and what is beside it; on a server, what it keeps of each table and of each row."""
        return {"sqlite": self._files, "mysql": self._mysql, "postgresql": self._postgresql}[
            self.engine
        ]()

    def _files(self) -> Any:
        return {
            path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in self.path.parent.glob(f"{self.path.name}*")
        }

    def _mysql(self) -> Any:
        found = self.server.sql(
            "select table_name, table_type, engine, auto_increment, create_time "
            f"from information_schema.tables where table_schema = '{self.name}' order by 1"
        )
        tables = [line.split("\t")[0] for line in found.splitlines() if "BASE TABLE" in line]
        tables = [f"`{self.name}`.`{table}`" for table in tables]
        made = [self.server.sql(f"show create table {table}") for table in tables]
        return found, made, self.server.sql(f"checksum table {', '.join(tables)} extended")

    def _postgresql(self) -> Any:
        relations = self.server.sql(CATALOGUE, self.name)
        tables = [line.split("|")[1] for line in relations.splitlines() if "|r|" in line]
        # Which transaction wrote a row, and where: an UPDATE to the same values changes both.
        rows = [
            self.server.sql(f'select xmin, ctid, t from "{table}" t order by ctid', self.name)
            for table in tables
        ]
        return relations, rows


CATALOGUE = """
select c.oid, c.relname, c.relkind, c.relfilenode, c.relnatts, c.xmin, a.attname, a.atttypid, a.attnotnull
from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'public'::regnamespace order by c.oid, a.attnum
"""


def shop(engine: str, folder: Path, request: pytest.FixtureRequest, name: str = "shop") -> Legacy:
    """A database of that name with the tables of ``SHOP``."""
    return make(engine, SHOP.format(**SPELLED[engine]), folder, request, name)


def make(engine: str, sql: str, folder: Path, request: pytest.FixtureRequest, name: str) -> Legacy:
    path = folder / f"{name}.sqlite3"
    if engine == "sqlite":
        connection = sqlite3.connect(path)
        connection.executescript(sql)
        connection.close()
        return Legacy(engine, name, path, None)
    server = server_of(request, engine)
    if engine == "mysql":
        server.sql(f"drop database if exists {name}; create database {name} character set utf8mb4")
        server.sql(f"set names utf8mb4; {sql}", name)
    else:
        server.sql(f"drop database if exists {name} with (force)")
        server.sql(f"create database {name} owner {server.user}")
        server.sql(f"set role {server.user}; {sql}", name)
    return Legacy(engine, name, path, server)
