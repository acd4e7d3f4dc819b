"""Servers that are neither PostgreSQL nor MySQL, by what they say of themselves and by Django's backend for them."""

from unittest.mock import patch

from django.db import connection, connections
from django.test import SimpleTestCase, TestCase

from manydb.core import other_servers

# What ``SELECT version()``, a parameter of PostgreSQL's protocol or the greeting of MySQL's says.
SAID = {
    "CockroachDB CCL v24.3.1 (x86_64-pc-linux-gnu, built 2024/12/09, go1.22.8)": "CockroachDB",
    "13.0.0 CockroachDB CCL v24.3.1": "CockroachDB",
    "PostgreSQL 11.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu": "YugabyteDB",
    "15.2-YB-2.25.1.0-b0": "YugabyteDB",
    "8.0.30-Vitess": "Vitess",
    "8.0.11-TiDB-v8.5.0": None,
    "10.11.19-MariaDB-0+deb12u1-log": None,
    "9.7.4": None,
    "15.18 (Debian 15.18-0+deb12u1)": None,
    "PostgreSQL 16.4 on aarch64-unknown-linux-gnu, compiled by aarch64-unknown-linux-gnu-gcc": None,
}


class Words(SimpleTestCase):
    def test_each_product_is_told_by_what_its_servers_say(self) -> None:
        for said, name in SAID.items():
            with self.subTest(said):
                product = other_servers._refused(said)
                self.assertEqual(product and product.name, name)

    def test_a_backend_of_another_product_is_refused_by_name(self) -> None:
        for engine, said in (
            ("django_cockroachdb", "x: CockroachDB is not a server that manydb knows: its adv"),
            ("django_yugabytedb", "x: YugabyteDB is not a server that manydb knows: each sta"),
            ("django.db.backends.oracle", "x: ENGINE 'django.db.backends.oracle' is not one"),
        ):
            with (
                self.subTest(engine),
                patch.dict(connections.settings, {"x": {"ENGINE": engine}}),
                patch.object(other_servers, "vendor", return_value="other"),
            ):
                found = other_servers.check_engines(
                    None
                )  # alone: Django's own checks load each backend
                self.assertIn(said, " ".join(error.msg for error in found))


class ThisServer(TestCase):
    def test_the_servers_that_manydb_knows_are_not_refused(self) -> None:
        connection.ensure_connection()
        if connection.vendor != "sqlite":
            self.assertRegex(other_servers.said_at_connecting(connection), r"\d+\.\d+")
        self.assertEqual(list(other_servers._findings("default")), [])
