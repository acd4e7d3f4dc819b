"""A budget of two connections, for tests of what is closed for another and of what is idle."""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.test import TestCase, override_settings

from manydb.tenants.budget import budget
from manydb.tenants.connections import TenantConnections


class SmallBudget(TestCase):
    """Two connections are allowed to three SQLite files, besides those that tests have open already."""

    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.handler = TenantConnections(
            {"default": {}}
            | {
                alias: {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": Path(folder) / alias,
                    "TENANT": alias.lower(),
                    "CONN_MAX_AGE": 60,
                }
                for alias in "ABC"
            }
        )
        self.addCleanup(self.handler.close_all)
        while (close := budget.take_idle()) is not None:
            close()
        self.enterContext(
            override_settings(
                TENANT_CONNECTIONS=len(budget) + 2, TENANT_CONNECTIONS_WHEN_BUSY="refuse"
            )
        )

    def use(self, alias: str) -> Any:
        with self.handler[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
        return self.handler[alias].connection

    def is_open(self) -> str:
        return "".join(alias for alias in "ABC" if self.handler[alias].connection is not None)

    def in_a_thread(self, work: Callable[[], Any]) -> Any:
        def run() -> Any:
            try:
                return work()
            finally:
                self.handler.close_all()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run).result()

    def end_request(self, *aliases: str) -> None:
        """As Django does for all that this thread has open."""
        for alias in aliases:
            self.handler[alias].close_if_unusable_or_obsolete()

    def request(self, alias: str) -> Any:
        opened = self.use(alias)
        self.end_request(alias)
        return opened
