"""Dumps that somebody has forged: what is in them stays in the new database, and what they say decides nothing."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import skipUnless
from unittest.mock import patch
from zipfile import ZipFile

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections
from django.test import SimpleTestCase

from manydb.core.routing import prefix
from manydb.tenants.context import tenant_context
from manydb.tenants.lifecycle.creation import create
from manydb.tenants.lifecycle.dumps import dump
from manydb.tenants.lifecycle.engines import engine_of
from manydb.tenants.lifecycle.engines.postgresql.archive_entries import DATA, kind_of
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.restores import restore
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Hostname, Tenant

from .forged import CODE_OF_POSTGRESQL, OF_MANIFESTS, OF_MYSQL, OF_POSTGRESQL
from .new import NewTenantTest

VENDOR = connections["default"].vendor
# What a server has for all. Rows name what they are of, as the worker whose they are is known by that.
_OTHERS = {
    "mysql": (
        "SELECT schema_name, default_character_set_name FROM information_schema.schemata",
        "SELECT user, host, plugin, authentication_string FROM mysql.user",
        "SELECT grantee, privilege_type, is_grantable FROM information_schema.user_privileges",
        "SELECT host, db, user FROM mysql.db",
        "SELECT plugin_name FROM information_schema.plugins",
        "SELECT @@GLOBAL.general_log_file",
    ),
    "postgresql": (
        "SELECT datname, datconnlimit, shobj_description(oid, 'pg_database') FROM pg_database",
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolcanlogin, rolconfig FROM pg_roles",
        "SELECT datname, rolname, setconfig FROM pg_db_role_setting "
        "LEFT JOIN pg_database ON pg_database.oid = setdatabase LEFT JOIN pg_roles ON pg_roles.oid = setrole",
        "SELECT held.rolname, holder.rolname FROM pg_auth_members "
        "JOIN pg_roles held ON held.oid = roleid JOIN pg_roles holder ON holder.oid = member",
        "SELECT slot_name FROM pg_replication_slots",
        "SELECT spcname FROM pg_tablespace",
    ),
    "sqlite": (),
}
# Other workers' tests make databases and roles on this server meanwhile, and drop them.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER")
# An account for a dump has a name by chance on MySQL. One of ours that is left is found by its rights, in mysql.db.
# That of a tenant is named by a UUID: the tenants here have none, those of other workers' tests have.
_NAMED_OTHERWISE = re.compile(r"\br_[0-9a-f]{16}\b|\b[tr][a-z2-7]{26}_\d+\b")


def _ours(query: str, row: tuple[Any, ...]) -> bool:
    said = str(row)
    if "mysql.db" not in query and _NAMED_OTHERWISE.search(said):
        return False
    workers = set(re.findall(r"gw\d+", said)) if _WORKER else set()
    return workers <= {_WORKER}


class Forged(NewTenantTest):
    """A tenant with a note, its dump, and another tenant who must not notice."""

    def setUp(self) -> None:
        super().setUp()
        create(self.name)
        self.sql("CREATE TABLE note (text varchar(20))")
        self.sql("CREATE TABLE keyed (n integer PRIMARY KEY)")
        self.sql("INSERT INTO note VALUES ('kept')")
        self.row = Tenant.objects.get(name=self.name)
        self.place = TenantDatabase.of(self.row).place
        connections[self.name.upper()].close()
        self.path, self.forged = self.folder / "dump.zip", self.folder / "forged.zip"
        self.written = self.folder / "written"  # what no dump may write
        self.manifest = dump(self.name, self.path, proof=False)
        self.other = f"{self.name}_other"

    def words(self, text: str) -> str:
        for name, word in {
            "victim": self.place.name,
            "file": str(self.written),
            "prefix": prefix(),
            "user": str(self.place.settings.get("USER", "")),
            "uuid": str(self.row.uuid),
            "session": "1",
        }.items():
            text = text.replace("{" + name + "}", word)
        return text

    def write(self, data: bytes, manifest: dict[str, Any] | None = None) -> None:
        """Writes a dump with these data, which the manifest agrees with, or with another manifest."""
        said = json.loads(self.manifest.to_json())
        said |= {"rows": None, "code": ""}
        said["checksums"] = {said["data"]: hashlib.sha256(data).hexdigest()}
        with ZipFile(self.forged, "w") as archive:
            archive.writestr(self.manifest.data, data)
            archive.writestr("manifest.json", json.dumps(said if manifest is None else manifest))

    def data(self) -> bytes:
        with ZipFile(self.path) as archive:
            return archive.read(self.manifest.data)

    def others(self) -> list[Any]:
        """What the server has besides tenants' own tables and besides other workers', and what the other tenant has."""
        found: list[Any] = []
        for query in _OTHERS[VENDOR]:
            with self.place.server() as cursor:
                cursor.execute(query)
                found.append(sorted(str(row) for row in cursor.fetchall() if _ours(query, row)))
        with self.place.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT text FROM note")
            found.append([tuple(row) for row in cursor.fetchall()])
            found.append(sorted(connection.introspection.table_names(cursor)))
            cursor.execute("SELECT tenant, state FROM manydb_identity")
            found.append([tuple(row) for row in cursor.fetchall()])
        return found

    @contextmanager
    def nothing_changes(self) -> Iterator[None]:
        before = self.others()
        yield
        self.assertEqual(self.others(), before)
        self.assertFalse(self.written.exists())

    def restore(self, *, with_code: bool = False) -> Tenant | None:
        """Restores the forged dump, if it is not refused."""
        try:
            row = restore(self.forged, self.other, wait=0, with_code=with_code)
        except ProvisioningError:
            self.assertFalse(Tenant.objects.filter(name=self.other).exists())
            return None
        with TenantDatabase.of(row).place.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT tenant, state FROM manydb_identity")
            self.assertEqual(
                [tuple(each) for each in cursor.fetchall()], [(str(row.uuid), "ready")]
            )
        self.assertNotEqual(row.uuid, self.row.uuid)
        self.assertFalse(Hostname.objects.exists())
        return row

    def drop_other(self) -> None:
        if Tenant.objects.filter(name=self.other).exists():
            connections[self.other.upper()].close()
            drop(self.other)
        else:
            database = f"{prefix()}{self.other}"
            engine_of(self.place).drop(self.place.named(database))

    def test_what_the_manifest_says_decides_nothing(self) -> None:
        with tenant_context(self.name):
            default_storage.save("1.txt", ContentFile("theirs"))
        for what, forge in OF_MANIFESTS.items():
            said = forge(json.loads(self.manifest.to_json()), self.name)
            self.write(self.data(), said)
            with self.subTest(what), self.nothing_changes():
                if row := self.restore():
                    with tenant_context(row.name):
                        self.assertFalse(default_storage.exists("1.txt"))
                self.drop_other()

    @skipUnless(VENDOR == "mysql", "It is SQL for MySQL and MariaDB")
    def test_sql_for_mysql_stays_in_the_new_database(self) -> None:
        for what, sql in OF_MYSQL.items():
            self.write(self.data() + f"\n{self.words(sql)}\n".encode())
            with self.subTest(what), self.nothing_changes():
                if row := self.restore():
                    with self.place.server() as cursor:
                        for table in ("routines", "triggers", "events", "views"):
                            kind = {"routines": "routine", "triggers": "trigger", "events": "event"}
                            column = f"{kind.get(table, 'table')}_schema"
                            cursor.execute(
                                f"SELECT COUNT(*) FROM information_schema.{table} WHERE {column} = %s",
                                [row.database],
                            )
                            self.assertEqual(cursor.fetchone()[0], 0)
                self.drop_other()
        for what in ("another database by its name", "another database dropped", "more rights"):
            self.write(self.data() + f"\n{self.words(OF_MYSQL[what])}\n".encode())
            with self.subTest(f"{what}, with code"), self.nothing_changes():
                self.restore(with_code=True)
                self.drop_other()

    def archive(self, *statements: str) -> bytes:
        """An archive of a database in which these were run: what pg_dump lists as what it is."""
        place = self.place.beside("forged")
        engine = engine_of(place)
        try:
            with engine.making(place, "forged_0") as fresh:
                with fresh.connect() as connection, connection.cursor() as cursor:
                    cursor.execute("CREATE TABLE note (text varchar(20))")
                    for statement in statements:
                        cursor.execute(statement)
                with (self.folder / "archive").open("wb") as file:
                    engine.dump(fresh, file, quiet=True)
            return (self.folder / "archive").read_bytes()
        finally:
            engine.drop(place)

    @skipUnless(VENDOR == "postgresql", "It is SQL for PostgreSQL")
    def test_sql_for_postgresql_stays_in_the_new_database(self) -> None:
        """The SQL stands in the archive in place of a comment's, which pg_restore lists as one."""
        room = "x" * 400
        archive = self.archive(f"COMMENT ON TABLE note IS '{room}'")
        comment = f"COMMENT ON TABLE public.note IS '{room}';".encode()
        self.assertEqual(archive.count(comment), 1)
        for what, sql in OF_POSTGRESQL.items():
            forged = self.words(sql).encode()
            self.assertLessEqual(len(forged), len(comment))
            self.write(archive.replace(comment, forged.ljust(len(comment))))
            with self.subTest(what), self.nothing_changes():
                self.restore()
                self.drop_other()
        for what in ("another database dropped", "the project's role", "more rights"):
            forged = self.words(OF_POSTGRESQL[what]).encode()
            self.write(archive.replace(comment, forged.ljust(len(comment))))
            with self.subTest(f"{what}, with code"), self.nothing_changes():
                self.restore(with_code=True)
                self.drop_other()

    @skipUnless(VENDOR == "postgresql", "It is code of PostgreSQL")
    def test_code_that_is_wanted_comes_along_and_is_the_projects(self) -> None:
        code = CODE_OF_POSTGRESQL.values()
        self.write(self.archive(*(part for sql in code for part in sql.split(";\n"))))
        with self.nothing_changes():
            row = self.restore(with_code=True)
            assert row is not None
            with TenantDatabase.of(row).place.connect() as made, made.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*), bool_and(pg_get_userbyid(proowner) = current_user) FROM pg_proc "
                    "WHERE pronamespace = 'public'::regnamespace"
                )
                self.assertEqual(cursor.fetchone(), (4, True))
                cursor.execute(
                    "SELECT (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal), "
                    "(SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_class WHERE relkind IN ('v', 'm') "
                    "AND relnamespace = 'public'::regnamespace)"
                )
                self.assertEqual(cursor.fetchone(), (1, 1, 2))
            self.drop_other()

    @skipUnless(VENDOR == "postgresql", "It is code of PostgreSQL")
    def test_code_for_postgresql_is_left_out_and_the_data_come_along(self) -> None:
        for what, sql in CODE_OF_POSTGRESQL.items():
            self.write(self.archive("INSERT INTO note VALUES ('kept')", *sql.split(";\n")))
            with self.subTest(what), self.nothing_changes():
                row = restore(self.forged, self.other, wait=0)
                with TenantDatabase.of(row).place.connect() as made, made.cursor() as cursor:
                    cursor.execute("SELECT text FROM note")
                    self.assertEqual(cursor.fetchall(), [("kept",)])
                    cursor.execute(
                        "SELECT (SELECT COUNT(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)"
                        " + (SELECT COUNT(*) FROM pg_trigger WHERE NOT tgisinternal)"
                        " + (SELECT COUNT(*) FROM pg_class WHERE relkind IN ('v', 'm')"
                        "    AND relnamespace = 'public'::regnamespace)"
                        " + (SELECT COUNT(*) FROM pg_policy)"
                        " + (SELECT COUNT(*) FROM pg_rewrite WHERE ev_class = 'note'::regclass)"
                    )
                    self.assertEqual(cursor.fetchone(), (0,))
                self.drop_other()


class Entries(SimpleTestCase):
    def test_only_what_is_known_as_data_is_data(self) -> None:
        kinds = {
            "215; 1259 16386 TABLE public note manydb": "TABLE",
            "3000; 0 16386 TABLE DATA public note manydb": "TABLE DATA",
            "1; 1 1 SEQUENCE OWNED BY public n manydb": "SEQUENCE OWNED BY",
            "1; 1 1 FUNCTION public f() manydb": "FUNCTION",
            "1; 1 1 DEFAULT ACL public DEFAULT PRIVILEGES FOR TABLES manydb": "DEFAULT ACL",
            "1; 1 1 MATERIALIZED VIEW public m manydb": "MATERIALIZED VIEW",
            "1; 1 1 COMMENT public TABLE note manydb": "COMMENT",
            "1; 1 1 COMMENT - EXTENSION citext": "",
            "1; 1 1 WHATEVER public x manydb": "",
            "; Archive created at": "",
        }
        for line, kind in kinds.items():
            with self.subTest(line):
                self.assertEqual(kind_of(line), kind)
        self.assertFalse({"FUNCTION", "DEFAULT ACL", "MATERIALIZED VIEW", ""} & DATA)


class Proofs(NewTenantTest):
    def test_a_dump_that_can_not_be_restored_is_no_dump(self) -> None:
        create(self.name)
        path = self.folder / "dump.zip"
        engine = type(engine_of(TenantDatabase.of(Tenant.objects.get(name=self.name)).place))

        def lose(*args: Any, **kwargs: Any) -> None:
            raise ProvisioningError("schema pgbouncer exists already")

        with (
            patch.object(engine, "load", side_effect=lose),
            self.assertRaisesRegex(ProvisioningError, "can't be restored.*pgbouncer.*--no-proof"),
        ):
            dump(self.name, path)
        self.assertFalse(path.exists())
        with patch.object(engine, "load", side_effect=lose):
            dump(self.name, path, proof=False)
        self.assertTrue(path.exists())
        place = TenantDatabase.of(Tenant.objects.get(name=self.name)).place
        self.assertEqual(engine_of(place).names(place, place.beside("proof_").name), [])

    def test_what_a_killed_one_left_is_dropped_by_the_next_command(self) -> None:
        create(self.name)
        database = TenantDatabase.of(Tenant.objects.get(name=self.name))
        engine, start = database.engine, database.place.beside("proof_").name
        for command in (lambda: dump(self.name, self.folder / "dump.zip"), lambda: drop(self.name)):
            with engine.making(database.proof, "proof_0_0"):
                pass
            self.assertEqual(engine.names(database.place, start), [database.proof.name])
            command()
            self.assertEqual(engine.names(database.place, start), [])
