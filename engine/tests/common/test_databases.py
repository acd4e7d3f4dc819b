"""``manydb.databases()``: from what a project has, and from a list."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

import manydb
from manydb import Database
from manydb.core.entries import vendor

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
MYSQL = "django.db.backends.mysql"


def plain(**more: Any) -> dict[str, Any]:
    return {"ENGINE": POSTGRESQL, "NAME": "shop", "HOST": "db", "PORT": 5432, **more}


class OfAProjectTests(SimpleTestCase):
    def test_each_alias_is_marked_and_otherwise_as_it_was(self) -> None:
        given = {"default": plain(CONN_MAX_AGE=60), "extra": {"ENGINE": SQLITE, "NAME": "x"}}
        built = manydb.databases(given)
        self.assertEqual(list(built), ["default", "extra"])
        for alias, entry in given.items():
            marks = {"ROLE": "shared", "TENANT": None, "REPLICAS": [], "READ_ONLY": False}
            self.assertEqual(built[alias], entry | marks)
        self.assertNotIn("ROLE", given["default"])

    def test_a_replica_is_what_differs_from_its_primary(self) -> None:
        primary = plain(
            ATOMIC_REQUESTS=True,
            DIRECT={"HOST": "server"},
            TEST={"NAME": "other"},
            OPTIONS={"sslmode": "require", "connect_timeout": 5},
        )
        more = {"HOST": "replica-1=3,replica-2:5433", "OPTIONS": {"connect_timeout": 2}}
        built = manydb.databases({"default": primary}, replicas={"default": more})
        self.assertEqual(list(built), ["default", "default_RO", "default_RO2"])
        self.assertEqual(built["default"]["REPLICAS"], ["default_RO", "default_RO2"])
        self.assertEqual(
            built["default_RO"],
            plain(
                HOST="replica-1",
                OPTIONS={"sslmode": "require", "connect_timeout": 2},
                TEST={"MIRROR": "default", "DEPENDENCIES": []},
                ROLE="shared",
                TENANT=None,
                REPLICA_OF="default",
                WEIGHT=3,
            ),
        )
        self.assertEqual(
            [built["default_RO2"][key] for key in ("HOST", "PORT", "WEIGHT")],
            ["replica-2", 5433, 1],
        )

    def test_an_entry_may_be_an_url_and_replicas_a_list_of_them(self) -> None:
        def parse(url: str) -> dict[str, Any]:  # as dj-database-url does
            place = urlsplit(url)
            return plain(NAME=place.path[1:], HOST=place.hostname, PORT=place.port)

        with patch.dict(sys.modules, {"dj_database_url": SimpleNamespace(parse=parse)}):
            built = manydb.databases(
                {"default": "postgres://db:5432/shop"},
                replicas={"default": ["postgres://one:5433/shop", "postgres://two:5434/shop"]},
                tenants={"acme": "postgres://other:5432/old", "globex": {}},
                legacy={"erp": "postgres://erp:5432/erp"},
            )
        places = {
            alias: f"{each['HOST']}:{each['PORT']}/{each['NAME']}" for alias, each in built.items()
        }
        self.assertEqual(
            places,
            {
                "default": "db:5432/shop",
                "default_RO": "one:5433/shop",
                "default_RO2": "two:5434/shop",
                "erp": "erp:5432/erp",
                "ACME": "other:5432/old",
                "ACME_RO": "other:5432/old",
                "GLOBEX": "db:5432/shop_globex",
                "GLOBEX_RO": "one:5433/shop_globex",
            },
        )

    def test_an_url_without_the_package_that_reads_it_is_refused(self) -> None:
        with (
            patch.dict(sys.modules, {"dj_database_url": None}),
            self.assertRaisesRegex(ImproperlyConfigured, "pip install dj-database-url"),
        ):
            manydb.databases({"default": "postgres://db/shop"})

    def test_engines_that_derive_from_djangos_are_known(self) -> None:
        cases = {
            "django.contrib.gis.db.backends.postgis": "postgresql",
            "django.contrib.gis.db.backends.spatialite": "sqlite",
            "django_prometheus.db.backends.mysql": "mysql",
            "psqlextra.backend": "postgresql",
            "engine.tests.own_backend": "sqlite",  # whose name says nothing
            "nothing.of.that.name": "",
            "": "",
        }
        for engine, kind in cases.items():
            with self.subTest(engine=engine):
                self.assertEqual(vendor({"ENGINE": engine}), kind)
        tenants = manydb.databases(
            {"default": {"ENGINE": "engine.tests.own_backend", "NAME": "/data/shop.db"}},
            tenants=["acme"],
        )
        self.assertEqual(str(tenants["ACME"]["NAME"]), "/data/shop_acme.sqlite3")

    def test_a_replica_has_the_address_of_its_primary_also_if_that_is_one_of_ipv6(self) -> None:
        built = manydb.databases({"default": plain(HOST="::1")}, replicas={"default": {}})
        self.assertEqual(built["default_RO"]["HOST"], "::1")

    def test_replicas_that_are_there_already_are_known_by_name_or_mirror(self) -> None:
        given = {
            "default": plain(),
            "default_RO": plain(HOST="replica-1"),
            "reports": plain(HOST="replica-2", TEST={"MIRROR": "default"}),
            "left_RO": plain(HOST="other"),  # of no alias that there is
        }
        built = manydb.databases(given)
        self.assertEqual(built["default"]["REPLICAS"], ["default_RO", "reports"])
        for alias in ("default_RO", "reports"):
            self.assertEqual(built[alias]["REPLICA_OF"], "default")
            self.assertEqual(built[alias]["TEST"]["MIRROR"], "default")
        self.assertNotIn("REPLICA_OF", built["left_RO"])

    def test_a_replica_on_the_primarys_server_is_read_only_in_its_session(self) -> None:
        cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
            (plain(), {"OPTIONS": {"options": "-c default_transaction_read_only=on"}}),
            (
                plain(
                    ENGINE="django.contrib.gis.db.backends.postgis", OPTIONS={"options": "-c a=b"}
                ),
                {"OPTIONS": {"options": "-c a=b -c default_transaction_read_only=on"}},
            ),
            (
                plain(ENGINE="django_prometheus.db.backends.mysql"),
                {"OPTIONS": {"init_command": "SET SESSION TRANSACTION READ ONLY"}},
            ),
            (plain(POOLER="pgbouncer"), {}),  # which would refuse the option
            (plain(DISABLE_SERVER_SIDE_CURSORS=True), {}),  # behind a pooler, as Django's docs say
            (plain(ENGINE="django.db.backends.oracle"), {}),
            (
                {
                    "ENGINE": SQLITE,
                    "NAME": "/a b/x.db",
                    "OPTIONS": {"transaction_mode": "IMMEDIATE"},
                },
                {"NAME": "file:///a%20b/x.db?mode=ro", "OPTIONS": {}},
            ),
            ({"ENGINE": SQLITE, "NAME": ":memory:"}, {}),
        ]
        for primary, expected in cases:
            with self.subTest(primary=primary):
                replica = manydb.databases({"default": primary}, replicas={"default": {}})
                entry = {key: replica["default_RO"].get(key) for key in primary | expected}
                self.assertEqual(entry, primary | expected)

    def test_a_replica_is_not_asked_for_a_session_that_writes(self) -> None:
        read_only = {"options": "-c default_transaction_read_only=on"}
        elsewhere = {"HOST": "replica"}
        prefers = {**elsewhere, "OPTIONS": {"target_session_attrs": "prefer-standby"}}
        cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
            ("read-write", elsewhere, {}),
            ("primary", elsewhere, {}),
            ("any", elsewhere, {"target_session_attrs": "any"}),
            ("read-write", prefers, {"target_session_attrs": "prefer-standby"}),
            ("read-write", {}, read_only),
        ]
        for asked, more, expected in cases:
            with self.subTest(asked=asked, more=more):
                primary = plain(OPTIONS={"target_session_attrs": asked})
                built = manydb.databases({"default": primary}, replicas={"default": more})
                self.assertEqual(built["default"]["OPTIONS"]["target_session_attrs"], asked)
                self.assertEqual(built["default_RO"]["OPTIONS"], expected)

    def test_tenants_are_like_default_in_databases_of_their_own(self) -> None:
        built = manydb.databases(
            {"default": plain(USER="app", TEST={"NAME": "t", "CHARSET": "UTF8"})},
            replicas={"default": {"HOST": "replica"}},
            tenants=["acme", "globex"],
        )
        self.assertEqual(
            list(built), ["default", "default_RO", "ACME", "ACME_RO", "GLOBEX", "GLOBEX_RO"]
        )
        self.assertEqual(
            built["ACME"],
            plain(
                NAME="shop_acme",
                USER="app",
                TEST={"CHARSET": "UTF8", "DEPENDENCIES": []},
                ROLE="tenant",
                TENANT="acme",
                REPLICAS=["ACME_RO"],
                READ_ONLY=False,
            ),
        )
        self.assertEqual(
            (built["ACME_RO"]["NAME"], built["ACME_RO"]["HOST"]), ("shop_acme", "replica")
        )
        self.assertEqual(built.prefix, "shop_")
        later = built.connect(Database("LATER", "shop_later", "later"), replica=False)
        self.assertEqual(later["NAME"], "shop_later")

    def test_tenants_take_over_no_pool_of_django(self) -> None:
        given = plain(OPTIONS={"pool": {"max_size": 4}, "sslmode": "require"})
        built = manydb.databases({"default": given}, tenants=["acme"], replicas={"default": {}})
        for alias in ("ACME", "ACME_RO"):
            self.assertNotIn("pool", built[alias]["OPTIONS"])
            self.assertEqual(built[alias]["OPTIONS"]["sslmode"], "require")
        self.assertEqual(built["default"]["OPTIONS"], given["OPTIONS"])

    def test_tenants_of_a_file_are_files_beside_it(self) -> None:
        built = manydb.databases(
            {"default": {"ENGINE": SQLITE, "NAME": Path("/srv/db.sqlite3")}}, tenants="acme, globex"
        )
        self.assertEqual(built["GLOBEX"]["NAME"], Path("/srv/db_globex.sqlite3"))
        self.assertEqual(built["GLOBEX"]["REPLICAS"], [])
        self.assertIsNone(built.connect(Database("X", "x", "x"), replica=True))

    def test_a_tenant_may_have_a_database_that_is_there_already(self) -> None:
        built = manydb.databases(
            {"default": plain()},
            replicas={"default": {"HOST": "replica"}},
            tenants={
                "acme": {"NAME": "old_shop"},
                "globex": {"HOST": "far", "NAME": "far_shop"},
                "initech": {"HOST": "far", "READER": {"HOST": "far-replica"}},
            },
            prefix="t_",
        )
        where = {alias: (entry["HOST"], entry["NAME"]) for alias, entry in built.items()}
        self.assertEqual(
            where,
            {
                "default": ("db", "shop"),
                "default_RO": ("replica", "shop"),
                "ACME": ("db", "old_shop"),
                "ACME_RO": ("replica", "old_shop"),
                "GLOBEX": ("far", "far_shop"),
                "GLOBEX_RO": ("far", "far_shop"),  # not on a server that knows nothing of it
                "INITECH": ("far", "t_initech"),
                "INITECH_RO": ("far-replica", "t_initech"),
            },
        )
        self.assertNotIn("READER", built["INITECH"])

    def test_legacy_databases_are_adopted_and_may_be_read_only(self) -> None:
        chinook = plain(NAME="chinook", READ_ONLY=True)
        built = manydb.databases(
            {"default": plain(), "erp": plain(NAME="erp")},
            legacy={"chinook": chinook, "erp": {"TIME_ZONE": "Europe/Berlin"}},
        )
        self.assertTrue(built["chinook"]["ADOPTED"] and built["chinook"]["READ_ONLY"])
        self.assertEqual(
            built["chinook"]["OPTIONS"], {"options": "-c default_transaction_read_only=on"}
        )
        self.assertTrue(built["erp"]["ADOPTED"])
        self.assertEqual(
            (built["erp"]["READ_ONLY"], built["erp"]["TIME_ZONE"]), (False, "Europe/Berlin")
        )
        self.assertTrue(
            manydb.databases({"default": plain(), "erp": plain()}, legacy=["erp"])["erp"]["ADOPTED"]
        )

    def test_an_adopted_database_has_the_replicas_that_its_parameters_name(self) -> None:
        parameters = {
            "SHOP_DATABASE_HOST": "shop",
            "SHOP_DATABASE_READER_HOST": "copy-1=3,copy-2:5433",
        }

        def legacy(database: manydb.Database) -> dict[str, Any]:
            def get(name: str, default: str | None = None) -> str:
                return parameters.get(name, default if default is not None else "x")

            return manydb.from_parameters(get, tls=False)(database)

        listed = manydb.Database("shop", name="shop", engine="postgresql", read_only=True)
        built = manydb.databases([listed], primary=plain(), legacy=legacy)
        self.assertEqual(built["shop"]["REPLICAS"], ["shop_RO", "shop_RO2"])
        self.assertTrue(built["shop"]["ADOPTED"] and built["shop"]["READ_ONLY"])
        self.assertNotIn("READER", built["shop"])
        for alias, place in {
            "shop": ("shop", 5432, None),
            "shop_RO": ("copy-1", 5432, 3),
            "shop_RO2": ("copy-2", 5433, 1),
        }.items():
            entry = built[alias]
            self.assertEqual((entry["HOST"], entry["PORT"], entry.get("WEIGHT")), place)
            self.assertIn("read_only=on", entry["OPTIONS"]["options"])
        self.assertEqual(built["shop_RO"]["REPLICA_OF"], "shop")
        self.assertEqual(built["shop_RO"]["TEST"]["MIRROR"], "shop")
        del parameters["SHOP_DATABASE_READER_HOST"]
        alone = manydb.databases([listed], primary=plain(), legacy=legacy)
        self.assertEqual(([*alone], alone["shop"]["REPLICAS"]), (["shop"], []))

    def test_what_can_not_be_is_refused_by_name(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "'report', which is not an alias"):
            manydb.databases({"default": plain()}, replicas={"report": {}})
        with self.assertRaisesMessage(ImproperlyConfigured, "ACME would stand for two databases"):
            manydb.databases({"default": plain(), "ACME": plain()}, tenants=["acme"])
        with self.assertRaisesMessage(ImproperlyConfigured, "default_RO would stand for two"):
            manydb.databases({"default": plain(), "default_RO": plain()}, replicas={"default": {}})
        with self.assertRaisesMessage(ImproperlyConfigured, "'Acme' can't name a tenant"):
            manydb.databases({"default": plain()}, tenants=["Acme"])


class OfAListTests(SimpleTestCase):
    LISTED = (
        Database("default", name="shop"),
        Database("accounts", name="accounts"),
        Database("attic", name="attic", read_only=True),
    )
    FILES = {"ENGINE": SQLITE, "NAME": Path("/var/{name}.sqlite3"), "OPTIONS": {"timeout": 20}}

    def test_files(self) -> None:
        built = manydb.databases(self.LISTED, tenants=["acme"], primary=self.FILES, prefix="shop_")
        self.assertEqual(
            {alias: str(entry["NAME"]) for alias, entry in built.items()},
            {
                "default": "/var/shop.sqlite3",
                "default_RO": "file:///var/shop.sqlite3?mode=ro",
                "accounts": "/var/accounts.sqlite3",
                "accounts_RO": "file:///var/accounts.sqlite3?mode=ro",
                "attic": "file:///var/attic.sqlite3?mode=ro",
                "attic_RO": "file:///var/attic.sqlite3?mode=ro",
                "ACME": "/var/shop_acme.sqlite3",
                "ACME_RO": "file:///var/shop_acme.sqlite3?mode=ro",
            },
        )
        self.assertTrue(built["attic"]["READ_ONLY"])
        self.assertIsNot(built["default"]["OPTIONS"], built["accounts"]["OPTIONS"])

    def test_a_server_with_a_pooler(self) -> None:
        primary = plain(
            NAME="{name}",
            USER="{alias}-{tenant}",
            PASSWORD="{name}",
            POOLER="pgbouncer",
            DIRECT={"HOST": "server", "PASSWORD": "{name}"},
        )
        built = manydb.databases(
            self.LISTED, tenants=["acme"], primary=primary, replica={"HOST": "r"}, prefix="p_"
        )
        acme = built["ACME"]
        self.assertEqual((acme["NAME"], acme["USER"]), ("p_acme", "ACME-acme"))
        self.assertEqual((acme["PASSWORD"], acme["DIRECT"]["PASSWORD"]), ("{name}", "{name}"))
        self.assertEqual((built["ACME_RO"]["HOST"], built["ACME_RO"].get("DIRECT")), ("r", None))
        self.assertNotIn("OPTIONS", built["attic"])  # the pooler would refuse it

    def test_none_for_replicas_means_that_there_are_none(self) -> None:
        built = manydb.databases(self.LISTED, primary=plain(NAME="{name}"), replica=None)
        self.assertEqual(list(built), ["default", "accounts", "attic"])

    def test_legacy_databases_are_where_a_mapping_or_parameters_say(self) -> None:
        chinook = Database("chinook", name="chinook", engine="postgresql", read_only=True)
        listed = [self.LISTED[0], chinook]
        built = manydb.databases(
            listed, primary=self.FILES, legacy={"chinook": plain(NAME="chinook")}
        )
        self.assertTrue(built["chinook"]["ADOPTED"] and built["chinook"]["READ_ONLY"])
        self.assertIn("read_only=on", built["chinook"]["OPTIONS"]["options"])
        with self.assertRaisesMessage(ImproperlyConfigured, "nothing says where 'chinook' is"):
            manydb.databases(listed, primary=self.FILES)

        given = {"CHINOOK_DATABASE_HOST": "erp"}
        legacy = manydb.from_parameters(
            lambda name, default: given.get(name, default),
            tls=False,
            required=False,
            CONN_MAX_AGE=9,
        )
        entry = manydb.databases(listed, primary=self.FILES, legacy=legacy)["chinook"]
        self.assertEqual((entry["HOST"], entry["CONN_MAX_AGE"]), ("erp", 9))
        self.assertEqual(entry["USER"], "CHINOOK_DATABASE_USER-is-not-set")

    def test_tests_meet_no_database_that_is_not_theirs(self) -> None:
        legacy = [
            Database("old", "old", engine=engine, read_only=True)
            for engine in ("mysql", "postgresql")
        ]
        server = plain(NAME="test_{name}", TEST={"NAME": "test_{name}"})
        for database, name in zip(legacy, (":memory:", "test_p_old"), strict=True):
            built = manydb.databases(
                [*self.LISTED, database], primary=server, prefix="p_", testing=True
            )
            self.assertEqual(built["old"]["NAME"], name)
            self.assertFalse(built["old"]["READ_ONLY"] or built["attic"]["READ_ONLY"])
            self.assertEqual(built["default"]["TEST"], {"NAME": "test_shop", "DEPENDENCIES": []})
            self.assertEqual(built["default_RO"]["TEST"], {"DEPENDENCIES": [], "MIRROR": "default"})
