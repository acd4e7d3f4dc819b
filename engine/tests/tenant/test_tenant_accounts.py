"""An account per tenant: the server itself keeps SQL of one tenant's page out of every other database."""

import os
from io import StringIO
from unittest import skipIf
from unittest.mock import patch

from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.test import SimpleTestCase, override_settings

from manydb.core.placement import shared_alias
from manydb.core.routing import prefix
from manydb.fleet.deployment.mysql import only, wide_name
from manydb.fleet.tenant_logins import KEY, TenantAccount
from manydb.tenants import catalog, login_checks
from manydb.tenants.context import tenant_context
from manydb.tenants.lifecycle.creation import clone, create
from manydb.tenants.lifecycle.dumps import dump
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.restores import restore, restore_over
from manydb.tenants.lifecycle.rotation import give_account, rotate
from manydb.tenants.lifecycle.serving import rename
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Tenant

from .new import NewTenantTest

VENDOR = connections["default"].vendor
OLD, NEW = "first" * 8, "second" * 8
UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


class Names(SimpleTestCase):
    """What is derived, and from what."""

    def setUp(self) -> None:
        self.enterContext(patch.dict(os.environ, {KEY: OLD}))

    def test_an_account_follows_from_the_key_the_uuid_the_generation_and_its_purpose(self) -> None:
        first = TenantAccount.next(UUID)
        others = [
            TenantAccount.next(UUID, first.label).login(),
            TenantAccount.next(UUID.replace("6", "7")).login(),
            first.login("r"),
        ]
        with patch.dict(os.environ, {KEY: NEW}):
            others.append(TenantAccount.next(UUID).login())
        self.assertEqual(first.login(), TenantAccount(UUID, first.label).login())
        self.assertEqual(len({first.login().password, *(each.password for each in others)}), 5)
        self.assertNotIn(first.login().password, repr(first.login()))
        self.assertNotIn(OLD[:8], first.label)

    def test_names_fit_into_those_of_mysql(self) -> None:
        account = TenantAccount(UUID, f"9999-{'0' * 8}")
        self.assertLessEqual(max(map(len, account.names())), 32)
        self.assertEqual(TenantAccount.next(UUID, account.label).number, 1)
        self.assertFalse({*account.names()} & {*account.others()})

    def test_a_new_key_makes_new_accounts_and_the_one_before_is_behind_it(self) -> None:
        first = TenantAccount.next(UUID)
        with (
            patch.dict(os.environ, {KEY: NEW}),
            self.assertRaisesRegex(
                ImproperlyConfigured, f"another {KEY}.*rotate_tenant_accounts --all"
            ),
        ):
            first.login()
        with patch.dict(os.environ, {KEY: f"{NEW},{OLD}"}):
            self.assertEqual(first.login().password, first.login().password)
            second = TenantAccount.next(UUID, first.label)
        with patch.dict(os.environ, {KEY: NEW}):
            second.login()

    def test_a_grant_on_more_databases_than_one_is_found(self) -> None:
        self.assertEqual(only("my_shop%"), r"`my\_shop\%%`")
        for on, wide in {
            r"`my\_shop`.*": "",
            "`my_shop`.*": "my_shop",
            r"`my\_%`.*": r"my\_%",
            "`shop`.*": "",
            "`my_shop`.`my_table`": "",
            "*.*": "",
        }.items():
            self.assertEqual(wide_name(f"GRANT SELECT ON {on} TO `web`@`%`"), wide)

    def test_a_key_that_can_be_guessed_is_refused(self) -> None:
        for key in ("", "short", f"{OLD},short"):
            with (
                patch.dict(os.environ, {KEY: key}),
                self.assertRaisesRegex(ImproperlyConfigured, "at least 32 characters"),
            ):
                TenantAccount.next(UUID)


class Checks(NewTenantTest):
    """``check`` compares what poolers would open with what the server takes."""

    def found(self, pooler: str, tenants: int, limit: int, **settings: object) -> list[str]:
        entry = {"POOLER": pooler, "USER": "app", "PASSWORD": "x", "ENGINE": "postgresql"}
        replica = entry | {"USER": "reader"}
        with (
            override_settings(TENANT_ACCOUNTS=True, TENANTS_ALWAYS_READY=False, **settings),
            patch.object(login_checks, "has_accounts", return_value=True),
            patch.object(login_checks, "_entries", return_value=[entry, replica]),
            patch.object(login_checks, "_limit_of", return_value=limit),
            patch.object(login_checks, "_tenants_by_server", return_value={"": tenants}),
        ):
            found = login_checks.check_limits(None, databases=[shared_alias()])
        return [f"{message.id}: {message.msg} {message.hint}" for message in found]

    def test_pgbouncer_opens_no_more_than_the_server_takes(self) -> None:
        shared = login_checks._shared_databases()
        limit = 12 + 3 * (20 + shared + 1)  # three for each
        self.assertEqual(self.found("pgbouncer", 20, limit, TENANT_POOL_CONNECTIONS=3), [])
        for tenants, each in ((20, 4), (21, 3), (20, None), (20, 0)):
            (message,) = self.found("pgbouncer", tenants, limit, TENANT_POOL_CONNECTIONS=each)
            self.assertIn("manydb.E214", message)
            self.assertRegex(message, "to [23] at most")
        (message,) = self.found("pgbouncer", 1000, limit, TENANT_POOL_CONNECTIONS=1)
        self.assertIn("Raise max_connections", message)
        self.assertEqual(self.found("", 1000, limit), [])

    def test_rds_proxy_takes_no_more_secrets_than_it_has_room_for(self) -> None:
        self.assertEqual(self.found("rds_proxy", 99, 0), [])  # with a reader each
        (message,) = self.found("rds_proxy", 100, 0)
        self.assertIn("manydb.E215: RDS Proxy takes 200 secrets", message)
        with patch.object(login_checks, "takes_tokens", return_value=True):
            self.assertEqual(self.found("rds_proxy", 5000, 0), [])

    def test_the_servers_limit_and_the_tenants_are_counted(self) -> None:
        if VENDOR != "sqlite":
            self.assertGreater(login_checks._limit_of("") or 0, 50)
        before = login_checks._tenants_by_server().get("", 0)
        Tenant.objects.create(name=self.name, database=f"{prefix()}{self.name}", state="creating")
        self.assertEqual(login_checks._tenants_by_server()[""], before + 1)

    def test_a_missing_key_is_found(self) -> None:
        with (
            override_settings(TENANT_ACCOUNTS=True, TENANTS_ALWAYS_READY=False),
            patch.object(login_checks, "has_accounts", return_value=True),
            patch.dict(os.environ, {KEY: "short"}),
        ):
            self.assertEqual([each.id for each in login_checks.check_key(None)], ["manydb.E213"])


class WithAccounts(NewTenantTest):
    """Two tenants, each with an account of its own, if the server has accounts."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(patch.dict(os.environ, {KEY: OLD}))
        self.enterContext(override_settings(TENANT_ACCOUNTS=True, TENANTS_ALWAYS_READY=False))
        self.other = f"{self.name}x"
        self.addCleanup(self.drop_all)

    def drop_all(self) -> None:
        for row in Tenant.objects.filter(name__startswith=self.name):
            connections[row.name.upper()].close()
            drop(row.name)
        self.assertEqual(self.accounts(), [])

    def drop(self) -> None:
        """All are dropped by ``drop_all``."""

    def made(self, name: str) -> Tenant:
        row = create(name)
        with tenant_context(name), connections[name.upper()].cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM django_migrations")
        with TenantDatabase.of(row).place.connect() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE secret (text varchar(20))")
            cursor.execute(f"INSERT INTO secret VALUES ('{name}')")
        return row

    def tenants_account(self, row: Tenant) -> TenantAccount:
        return TenantAccount(str(row.uuid), row.account)

    def accounts(self) -> list[str]:
        """The accounts of tenants of this test that are on the server."""
        uuids = getattr(self, "uuids", set())
        uuids |= {str(uuid) for uuid in Tenant.objects.values_list("uuid", flat=True)}
        self.uuids = uuids
        wanted = {
            TenantAccount(uuid, f"{number}-0").name(purpose)
            for uuid in uuids
            for number in range(1, 9)
            for purpose in "tr"
        }
        query = {
            "postgresql": "SELECT rolname FROM pg_roles",
            "mysql": "SELECT DISTINCT REPLACE(SUBSTRING_INDEX(grantee, '@', 1), '''', '') "
            "FROM information_schema.user_privileges",
        }
        with connections["default"].cursor() as cursor:
            cursor.execute(query[VENDOR])
            return sorted(wanted & {name for (name,) in cursor.fetchall()})

    def user(self, name: str) -> str:
        with tenant_context(name), connections[name.upper()].cursor() as cursor:
            cursor.execute("SELECT CURRENT_USER" + ("()" if VENDOR == "mysql" else ""))
            return str(cursor.fetchone()[0]).partition("@")[0]

    def refused(self, name: str, sql: str) -> str:
        with (
            tenant_context(name),
            self.assertRaises(DatabaseError) as caught,
            connections[name.upper()].cursor() as cursor,
        ):
            cursor.execute(sql)
        return str(caught.exception)


# What a page of one tenant may be made to send; {other} is the database of another one.
ATTACKS = {
    "mysql": [
        "SELECT * FROM {other}.secret",
        "INSERT INTO {other}.secret VALUES ('x')",
        "UPDATE {other}.secret SET text = 'x'",
        "DELETE FROM {other}.secret",
        "DROP TABLE {other}.secret",
        "CREATE TABLE {other}.more (n int)",
        "USE {other}",
        "SHOW TABLES FROM {other}",
        "DROP DATABASE {other}",
        "CREATE DATABASE {other}_more",
        "CREATE USER stranger@'%' IDENTIFIED BY 'x'",
        "GRANT SELECT ON {other}.* TO CURRENT_USER()",
        "SELECT * FROM mysql.user",
        "SELECT LOAD_FILE('/etc/passwd') INTO OUTFILE '/tmp/stolen'",
        "DROP TABLE secret",
        "CREATE TABLE more AS SELECT * FROM {other}.secret",
    ],
    "postgresql": [
        "SELECT * FROM {other}.public.secret",
        "DROP DATABASE {other}",
        "ALTER DATABASE {other} RENAME TO {other}_more",
        "CREATE DATABASE {other}_more",
        "CREATE ROLE stranger LOGIN",
        "SET ROLE {owner}",
        "SET SESSION AUTHORIZATION {owner}",
        "SET ROLE {other_account}",
        "GRANT {other_account} TO CURRENT_USER",
        "ALTER ROLE {other_account} PASSWORD 'x'",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{owner}' LIMIT 1",
        "CREATE EXTENSION dblink",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY secret TO PROGRAM 'true'",
        "SELECT rolpassword FROM pg_authid",
        "CREATE TABLE more (n int)",
        "CREATE SCHEMA more",
        "CREATE TEMPORARY TABLE more (n int)",
        "DROP TABLE secret",
        "TRUNCATE secret",
        "ALTER TABLE secret OWNER TO CURRENT_USER",
    ],
}


@skipIf(VENDOR == "sqlite", "Files have no accounts")
class Isolation(WithAccounts):
    def test_the_server_refuses_what_leaves_the_tenants_database(self) -> None:
        row, other = self.made(self.name), self.made(self.other)
        self.assertEqual(self.user(self.name), self.tenants_account(row).name())
        place = TenantDatabase.of(other).place
        words = {
            "other": place.name,
            "owner": str(place.settings["USER"]),
            "other_account": self.tenants_account(other).name(),
        }
        for attack in ATTACKS[VENDOR]:
            with self.subTest(attack):
                self.refused(self.name, attack.format(**words))
        with place.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT text FROM secret")
            self.assertEqual([tuple(each) for each in cursor.fetchall()], [(self.other,)])
        self.assertEqual([*self.sql("SELECT text FROM secret")], [(self.name,)])
        self.sql("INSERT INTO secret VALUES ('mine')")
        # The password in hand, another database does not open.
        login = self.tenants_account(row).login()
        stolen = {**place.settings, "USER": login.user, "PASSWORD": login.password}
        wrapper = type(place)(place.alias, stolen)
        with self.assertRaises(DatabaseError), wrapper.connect() as connection:
            connection.ensure_connection()

    def test_an_underscore_of_a_name_stands_for_itself(self) -> None:
        first = self.made(f"{self.name}_a")
        near = self.made(f"{self.name}xa")
        place = TenantDatabase.of(near).place
        self.assertTrue(place.name.endswith(f"{prefix()}{self.name}xa"))
        login = self.tenants_account(first).login()
        stolen = {**place.settings, "USER": login.user, "PASSWORD": login.password}
        with self.assertRaises(DatabaseError), type(place)(place.alias, stolen).connect() as there:
            there.ensure_connection()


@skipIf(VENDOR == "sqlite", "Files have no accounts")
class Lives(WithAccounts):
    def test_commands_make_grant_keep_and_drop_the_account(self) -> None:
        row = self.made(self.name)
        path = self.folder / "dump.zip"
        with self.subTest("cloned"):
            twin = clone(self.name, self.other)
            self.assertNotEqual(self.user(self.other), self.user(self.name))
            self.assertEqual(len(self.accounts()), 2)
        with self.subTest("renamed"):
            rename(self.other, f"{self.other}y", wait=0)
            self.assertEqual(self.user(f"{self.other}y"), self.tenants_account(twin).name())
        with self.subTest("dumped and restored"):
            dump(self.name, path)
            third = restore(path, f"{self.name}z", wait=0)
            self.assertEqual(self.user(f"{self.name}z"), self.tenants_account(third).name())
            with tenant_context(third.name), connections[third.name.upper()].cursor() as cursor:
                cursor.execute("SELECT text FROM secret")
                cursor.execute("INSERT INTO secret VALUES ('x')")
        with self.subTest("replaced"):
            before = row.database
            restore_over(path, self.name, wait=0)
            row.refresh_from_db()
            self.assertNotEqual(row.database, before)
            self.assertEqual([*self.sql("SELECT text FROM secret")], [(self.name,)])
            self.assertEqual(self.user(self.name), self.tenants_account(row).name())
        self.assertEqual(len(self.accounts()), 3)
        with self.subTest("dropped"):
            connections[third.name.upper()].close()
            drop(third.name)
            self.assertNotIn(self.tenants_account(third).name(), self.accounts())

    def test_a_failed_creation_leaves_no_account(self) -> None:
        engine = type(TenantDatabase.of(self.made(self.other)).engine)
        with (
            patch.object(engine, "release", side_effect=ProvisioningError("no"), create=True),
            patch.object(engine, "marks_inside", True),
            self.assertRaises(ProvisioningError),
        ):
            create(self.name)
        self.assertEqual(len(self.accounts()), 1)

    def test_a_rotation_keeps_both_for_a_moment(self) -> None:
        row = self.made(self.name)
        old = self.tenants_account(row)
        seen: list[tuple[str, list[str]]] = []
        with patch("manydb.tenants.lifecycle.rotation.time.sleep") as sleep:
            sleep.side_effect = lambda seconds: seen.append((self.user(self.name), self.accounts()))
            self.assertEqual(rotate([self.name], wait=7), 1)
        sleep.assert_called_once_with(7)
        row.refresh_from_db()
        new = self.tenants_account(row)
        self.assertEqual(seen, [(new.name(), sorted([old.name(), new.name()]))])
        self.assertEqual(self.accounts(), [new.name()])
        self.assertEqual(self.user(self.name), new.name())
        with self.subTest("killed before the old one was dropped, it is dropped by the next"):
            with (
                patch(
                    "manydb.tenants.lifecycle.rotation._drop_others", side_effect=KeyboardInterrupt
                ),
                self.assertRaises(KeyboardInterrupt),
            ):
                rotate([self.name], wait=0)
            self.assertEqual(len(self.accounts()), 2)
            call_command("rotate_tenant_accounts", self.name, "--wait=0", stdout=StringIO())
            self.assertEqual(len(self.accounts()), 1)

    def test_tables_that_a_migration_makes_later_are_the_accounts_too(self) -> None:
        row = self.made(self.name)
        with TenantDatabase.of(row).place.connect() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE later (n int)")
        self.sql("INSERT INTO later VALUES (1)")
        connections[self.name.upper()].close()
        call_command("migrate_databases", only=[self.name.upper()], stdout=StringIO())

    def test_a_tenant_without_an_account_is_refused_until_it_gets_one(self) -> None:
        with override_settings(TENANT_ACCOUNTS=False):
            row = self.made(self.name)
            self.assertEqual(row.account, "")
            connections[self.name.upper()].close()
        catalog.forget()
        with self.assertRaisesRegex(ImproperlyConfigured, f"rotate_tenant_accounts {self.name}"):
            self.user(self.name)
        self.assertTrue(give_account(self.name))
        self.assertFalse(give_account(self.name))
        row.refresh_from_db()
        self.assertEqual(self.user(self.name), self.tenants_account(row).name())
