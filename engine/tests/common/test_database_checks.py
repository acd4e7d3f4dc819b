"""Settings with which nothing would be routed are errors of ``check``."""

from typing import Any
from unittest.mock import patch

from django.db import connections, router
from django.test import SimpleTestCase

import manydb
from manydb.core.database_checks import check_marks, check_replicas, check_router

PLAIN = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}


class DatabaseChecksTests(SimpleTestCase):
    def found(self, databases: Any) -> list[str]:
        with patch.object(connections, "settings", databases):
            checks = (check_marks, check_replicas, check_router)
            return [
                f"{each.id}: {each.msg} {each.hint}" for check in checks for each in check(None)
            ]

    def test_the_site_itself_has_none(self) -> None:
        self.assertEqual(self.found(connections.settings), [])

    def test_a_plain_dict_is_an_error_that_says_what_to_write(self) -> None:
        (found,) = self.found({"default": PLAIN, "default_RO": PLAIN})
        self.assertRegex(
            found,
            r"^manydb.E004.* DATABASES = manydb\.databases\(DATABASES\)\. See manydb/docs/existing_project\.md\.$",
        )

    def test_a_replica_that_came_after_the_call_is_an_error(self) -> None:
        for alias, entry in (("default_RO", PLAIN), ("x", PLAIN | {"TEST": {"MIRROR": "default"}})):
            databases = manydb.databases({"default": PLAIN})
            databases[alias] = entry
            (found,) = self.found(databases)
            self.assertRegex(found, f"^manydb.E005: {alias} looks like a replica of default")
        self.assertEqual(self.found(manydb.databases({"default": PLAIN, alias: entry})), [])

    def test_strangers_aliases_are_left_alone(self) -> None:
        databases = manydb.databases({"default": PLAIN})
        databases["analytics"] = databases["old_RO"] = PLAIN
        self.assertEqual(self.found(databases), [])

    def test_no_router_is_an_error(self) -> None:
        with patch.object(router, "routers", []):
            (found,) = self.found(manydb.databases({"default": PLAIN}))
        self.assertRegex(found, r"^manydb\.E006: DATABASE_ROUTERS is empty")
