"""Django's database cache has one table, in ``default``."""

from django.core.cache import cache
from django.core.cache.backends.db import BaseDatabaseCache
from django.core.management import call_command
from django.db import connections, router

from engine.tests.cache_table import TABLE, CacheTableCase
from manydb.core.routing import homes
from manydb.testing import aliases_used


class DatabaseCaches(CacheTableCase):
    databases = {"default", "TESTCLIENT"}

    def test_createcachetable_makes_no_table_elsewhere(self) -> None:
        call_command("createcachetable", verbosity=0, database="TESTCLIENT")
        self.assertIn(TABLE, connections["default"].introspection.table_names())
        self.assertNotIn(TABLE, connections["TESTCLIENT"].introspection.table_names())

    def test_every_kind_of_work_is_done_in_default(self) -> None:
        with aliases_used() as aliases:
            self.assertIsNone(cache.get("a"))
            cache.set("a", 1)
            self.assertEqual(cache.get("a"), 1)
            self.assertEqual(cache.incr("a"), 2)
            self.assertFalse(cache.add("a", 3))
            self.assertTrue(cache.touch("a", 60))
            self.assertEqual(cache.get_many(["a", "b"]), {"a": 2})
            self.assertTrue(cache.delete("a"))
            self.assertNotIn("a", cache)
            cache.clear()
        self.assertEqual(set(aliases), {"default"})

    def test_the_router_keeps_no_class_of_a_cache(self) -> None:
        """Each thread has caches of its own, and each cache has a class of its own."""
        entry = BaseDatabaseCache(TABLE, {}).cache_model_class
        self.assertEqual(router.db_for_read(entry), "default")
        self.assertEqual(router.db_for_write(entry), "default")
        self.assertTrue(router.allow_migrate_model("default", entry))
        self.assertFalse(router.allow_migrate_model("default_RO", entry))
        self.assertNotIn(entry, homes)
