"""Several replicas: by weight, and the same one for the same client."""

from collections import Counter
from unittest.mock import patch

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import SimpleTestCase

from manydb.core.aliases import Database, build
from manydb.core.readers import spread
from manydb.replicas.choice import in_order

CLIENTS = [f"client {number}" for number in range(4000)]


class Choice(SimpleTestCase):
    def setUp(self) -> None:
        replicas = spread({"HOST": "one=2,two,three=0,four:5433"})
        self.names = ["ONE", "TWO", "THREE", "FOUR"]
        settings = dict(zip(self.names, replicas, strict=True))
        self.enterContext(patch.object(connections, "settings", settings))

    def first(self, names: list[str]) -> dict[str, str]:
        return {client: in_order(names, client)[0] for client in CLIENTS}

    def test_clients_are_shared_out_by_weight(self) -> None:
        shares = Counter(self.first(self.names).values())
        self.assertEqual(shares.keys(), {"ONE", "TWO", "FOUR"})
        for name, weight in {"ONE": 0.5, "TWO": 0.25, "FOUR": 0.25}.items():
            self.assertAlmostEqual(shares[name] / len(CLIENTS), weight, delta=0.03)

    def test_where_one_goes_only_its_own_clients_move(self) -> None:
        before, after = self.first(self.names), self.first(["ONE", "FOUR"])
        self.assertTrue(all(before[c] == after[c] for c in CLIENTS if before[c] != "TWO"))
        self.assertEqual({after[c] for c in CLIENTS if before[c] == "TWO"}, {"ONE", "FOUR"})


class Readers(SimpleTestCase):
    def test_each_reader_is_an_alias(self) -> None:
        def connect(database: Database, *, replica: bool) -> dict[str, object]:
            return {"HOST": "r1=3, [::1]:7,r3" if replica else "writer", "PORT": 1, "OPTIONS": {}}

        built = build([Database("default", name="shop")], connect, lambda database: {})
        self.assertEqual(
            {alias: (entry["HOST"], entry["PORT"]) for alias, entry in dict.items(built)},
            {
                "default": ("writer", 1),
                "default_RO": ("r1", 1),
                "default_RO2": ("::1", 7),
                "default_RO3": ("r3", 1),
            },
        )
        default = built["default"]
        self.assertEqual(default["REPLICAS"], ["default_RO", "default_RO2", "default_RO3"])
        self.assertEqual([built[alias]["WEIGHT"] for alias in default["REPLICAS"]], [3, 1, 1])
        self.assertIsNot(built["default_RO"]["OPTIONS"], built["default_RO2"]["OPTIONS"])

    def test_what_is_no_reader_is_refused(self) -> None:
        for reader in ("r1=", "r1:x", "r1:1:2", "r1=2=3", "r1=-1"):
            with self.subTest(reader), self.assertRaisesRegex(ImproperlyConfigured, "READER_HOST"):
                spread({"HOST": f"r0,{reader}"})

    def test_two_databases_of_one_alias_are_refused(self) -> None:
        def connect(database: Database, *, replica: bool) -> dict[str, object]:
            return {"HOST": "r1,r2" if replica else "writer"}

        shared = [Database("a", name="one"), Database("a_RO2", name="two")]
        with self.assertRaisesRegex(ImproperlyConfigured, "a_RO2 would stand for two databases"):
            build(shared, connect, lambda database: {})
