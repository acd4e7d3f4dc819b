"""Pitfall 7, connections that outlive a request: production checks them before it uses them again."""

from django.test import SimpleTestCase
from manydb.presets.{{ cookiecutter.pooling }}_{{ cookiecutter.database_engine }} import direct, pooled


class PersistentConnections(SimpleTestCase):
    def test_a_connection_that_is_kept_is_checked_at_the_next_request(self) -> None:
        settings = pooled()
        self.assertGreater(settings["CONN_MAX_AGE"], 0)
        self.assertTrue(settings["CONN_HEALTH_CHECKS"])

    def test_none_is_kept_for_ever(self) -> None:
        self.assertIsNotNone(pooled()["CONN_MAX_AGE"])

    def test_asgi_can_ask_for_connections_that_are_not_kept(self) -> None:
        self.assertEqual(pooled(max_age=0)["CONN_MAX_AGE"], 0)

    def test_connections_of_migrations_and_long_jobs_are_not_kept(self) -> None:
        self.assertEqual(direct()["CONN_MAX_AGE"], 0)

    def test_nothing_is_shared_between_two_connections_settings(self) -> None:
        pooled()["OPTIONS"]["connect_timeout"] = 99
        self.assertNotEqual(pooled()["OPTIONS"]["connect_timeout"], 99)
