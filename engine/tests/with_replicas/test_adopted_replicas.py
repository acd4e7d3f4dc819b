"""Reads of an adopted database go to its replicas, as those of any other."""

from unittest.mock import patch

from django.db import connections, models, router
from django.test import TestCase
from django.test.utils import isolate_apps

from manydb.core import routing
from manydb.core.aliases import Database, build
from manydb.replicas.reads import Reads, reading


class AdoptedReplicas(TestCase):
    @isolate_apps("engine.site.news")
    def test_a_request_reads_from_them_and_writes_to_the_primary(self) -> None:
        class Track(models.Model):  # noqa: DJ008
            _DATABASE = "shop"

            class Meta:
                app_label = "news"
                managed = False

        place = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "HOST": ""}
        listed = Database("shop", name="shop", engine="sqlite")
        built = build(
            [listed], lambda *a, **k: None, lambda it: place | {"READER": {"NAME": ":memory:"}}
        )
        self.assertEqual([*built], ["shop", "shop_RO"])
        known = connections.configure_settings({"default": {}, **built})
        for alias in built:
            connections.settings[alias] = known[alias]
            self.addCleanup(connections.settings.pop, alias)
        with patch.dict(routing.homes), reading(Reads()):
            self.assertEqual(router.db_for_read(Track), "shop_RO")
            self.assertEqual(router.db_for_write(Track), "shop")
        self.assertEqual(router.db_for_read(Track), "shop")
