"""A primary with several hosts, of which PostgreSQL's driver finds the writable one."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

import manydb
from manydb import Database

SHARED = [Database("default", name="shop"), Database("prices", name="prices", read_only=True)]
PRIMARY = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "{name}",
    "HOST": "one,two:5433",
    "PORT": 5432,
}


def built(**primary: Any) -> dict[str, Any]:
    return dict(
        manydb.databases(
            SHARED,
            tenants=["acme"],
            primary=PRIMARY | primary,
            replica={"HOST": PRIMARY["HOST"]},
        ).items()
    )


class SeveralHosts(SimpleTestCase):
    def test_the_driver_is_told_what_to_look_for(self) -> None:
        databases = built()
        for alias, wanted in (
            ("default", "read-write"),
            ("ACME", "read-write"),
            ("prices", "primary"),
        ):
            with self.subTest(alias):
                entry = databases[alias]
                self.assertEqual((entry["HOST"], entry["PORT"]), ("one,two", "5432,5433"))
                self.assertEqual(entry["OPTIONS"]["target_session_attrs"], wanted)

    def test_each_host_is_a_replica_where_replicas_have_no_address_of_their_own(self) -> None:
        databases = built()
        places = [
            (databases[alias]["HOST"], databases[alias]["PORT"])
            for alias in ("default_RO", "default_RO2")
        ]
        self.assertEqual(places, [("one", 5432), ("two", 5433)])
        self.assertNotIn("target_session_attrs", databases["default_RO"].get("OPTIONS", {}))

    def test_what_the_project_says_itself_stays(self) -> None:
        entry = built(OPTIONS={"target_session_attrs": "any", "connect_timeout": 2})["default"]
        self.assertEqual(entry["OPTIONS"], {"target_session_attrs": "any", "connect_timeout": 2})

    def test_the_way_past_a_pooler_may_have_several(self) -> None:
        entry = built(HOST="pooler", POOLER="pgbouncer", DIRECT={"HOST": "one,two"})["default"]
        self.assertEqual((entry["HOST"], entry["PORT"]), ("pooler", 5432))
        self.assertEqual(
            (entry["DIRECT"]["HOST"], entry["DIRECT"]["PORT"]), ("one,two", "5432,5432")
        )
        self.assertEqual(entry["DIRECT"]["OPTIONS"], {"target_session_attrs": "read-write"})

    def test_where_nothing_could_choose_it_is_refused(self) -> None:
        for primary, reason in (
            (
                {"ENGINE": "django.db.backends.mysql"},
                "the driver of MySQL and MariaDB can't choose",
            ),
            ({"POOLER": "pgbouncer"}, "a pooler is asked"),
            ({"ENGINE": "manydb.backends.rds_iam_postgresql"}, "a token of IAM is for one host"),
        ):
            with self.subTest(reason), self.assertRaisesMessage(ImproperlyConfigured, reason):
                built(**primary)
