"""Tests with Django's database cache, which asks routers about a class that is no model."""

from django.conf import settings
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase, override_settings

TABLE = "cache_of_tests"
BACKEND = {"BACKEND": f"{DatabaseCache.__module__}.DatabaseCache", "LOCATION": TABLE}


class CacheTableCase(TransactionTestCase):
    """Has the table of the cache in ``default``. MySQL would end a ``TestCase``'s transaction to make it."""

    def setUp(self) -> None:
        ours = {"default": {**settings.CACHES["default"], **BACKEND}}
        self.enterContext(override_settings(CACHES=ours))
        call_command("createcachetable", verbosity=0)
        self.addCleanup(self._drop)

    def _drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {TABLE}")
