"""What a process keeps of each of thousands of tenants."""

import copy
import pickle
import tracemalloc
from typing import Any
from unittest import mock
from uuid import uuid4

from django.db import connections
from django.test import SimpleTestCase
from django.utils.connection import ConnectionDoesNotExist

from manydb.tenants import catalog, tenant_context
from manydb.tenants.connections import KEPT
from manydb.tenants.records import from_row

Entry = dict[str, Any]
BYTES = 3_600  # of each; one that has a replica needs most, and one whose test database has a name of its own


class ManyTenants(SimpleTestCase):
    def setUp(self) -> None:
        self.addCleanup(catalog.forget)

    def entries(self, number: int) -> list[Entry]:
        """Those of a tenant that the catalog has, and no list."""
        name = f"many{number}"
        row = (name, f"test_many_{number}", "", "ready", "0" * 32, uuid4(), "")
        catalog.remember(from_row(row))
        with tenant_context(name):
            primary = connections.settings[name.upper()]
            return [primary, *(connections.settings[alias] for alias in primary["REPLICAS"])]

    def test_it_is_little(self) -> None:
        self.entries(0)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for number in range(1, 501):
            self.entries(number)
        self.assertLess(tracemalloc.get_traced_memory()[0] / 500, BYTES)

    def test_settings_that_are_the_same_are_there_once_and_nobody_changes_them(self) -> None:
        for one, other in zip(self.entries(1), self.entries(2), strict=True):
            self.assertEqual(list(one), list(other))
            keys = ["OPTIONS", *(["TEST"] if one["TEST"] == other["TEST"] else [])]
            for key in keys:
                with self.subTest(key, database=one["NAME"]):
                    self.assertIs(one[key], other[key])
                    for change in (
                        lambda shared: shared.update(a=1),
                        lambda shared: shared.__setitem__("a", 1),
                        lambda shared: shared.setdefault("a", 1),
                        lambda shared: shared.__ior__({"a": 1}),
                        lambda shared: shared.pop("a", None),
                    ):
                        with self.assertRaisesMessage(TypeError, "Assign a changed copy"):
                            change(one[key])
                    for copied in (
                        one[key].copy(),
                        copy.copy(one[key]),
                        copy.deepcopy(one)[key],
                        pickle.loads(pickle.dumps(one[key])),
                    ):
                        self.assertEqual(copied, one[key])
                        copied["a"] = 1
                    self.assertNotIn("a", other[key])

    def test_an_entry_of_its_own_may_be_changed(self) -> None:
        one, other = self.entries(1)[0], self.entries(2)[0]
        one["OPTIONS"] = {**one["OPTIONS"], "a": 1}
        one["CONN_MAX_AGE"] = 7
        self.assertNotIn("a", other["OPTIONS"])
        self.assertNotEqual(other["CONN_MAX_AGE"], 7)

    def test_a_thread_keeps_the_connection_objects_of_the_newest_few_and_they_follow(self) -> None:
        for number in range(KEPT + 4):
            self.entries(number)
            connections[f"MANY{number}"]
        newest = connections[f"MANY{KEPT + 3}"]
        self.addCleanup(forget_all)
        connections.forget_closed()  # type: ignore[attr-defined]
        kept = [alias for alias in connections.made() if alias.startswith("MANY")]  # type: ignore[attr-defined]
        self.assertEqual(kept, [f"MANY{number}" for number in range(4, KEPT + 4)])
        self.assertIs(connections[f"MANY{KEPT + 3}"], newest)
        with (
            mock.patch.object(connections.settings, "recent", return_value=None),  # it is gone
            self.assertRaisesRegex(ConnectionDoesNotExist, "'MANY19' doesn't exist"),
        ):
            newest.get_connection_params()


def forget_all() -> None:
    for alias in list(connections.made()):  # type: ignore[attr-defined]
        if alias.startswith("MANY"):
            del connections[alias]
