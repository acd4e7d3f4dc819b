"""A server that is busy with long statements is not silent."""

import threading
from time import monotonic, sleep

from django.db import connection, connections
from django.test import TransactionTestCase

from manydb.core import waiting


class LongStatements(TransactionTestCase):
    def test_a_server_that_is_busy_with_them_is_asked_by_all(self) -> None:
        if connection.vendor == "sqlite":
            self.skipTest("a file has no server")
        long = {"postgresql": "SELECT pg_sleep(2)", "mysql": "SELECT SLEEP(2)"}[connection.vendor]
        connection.ensure_connection()
        server: waiting.Server = connection.server  # type: ignore[attr-defined]

        def wait_long() -> None:
            with connection.cursor() as cursor:
                cursor.execute(long)
            connections.close_all()

        threads = [threading.Thread(target=wait_long) for _ in range(3)]
        for thread in threads:
            thread.start()
        while len(server.waiting) < 3 or monotonic() - max(server.waiting.values()) < 0.4:
            sleep(0.01)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            self.assertEqual(cursor.fetchone(), (1,))
        self.assertEqual([thread.is_alive() for thread in threads], [True] * 3)
        for thread in threads:
            thread.join()
