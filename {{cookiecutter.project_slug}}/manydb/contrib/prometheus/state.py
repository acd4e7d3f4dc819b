"""What any process can say of databases and of the fleet, asked when Prometheus asks, in threads with deadlines."""

import threading
from collections.abc import Iterator
from math import inf
from time import monotonic
from typing import Any

from django.db import connections
from prometheus_client.core import GaugeMetricFamily

from manydb.core.members import FleetState, fleet
from manydb.core.readiness import KEPT, PATIENCE, readiness


class State:
    """A collector. A database that does not answer is one that is not up: its other series are missing."""

    def collect(self) -> Iterator[Any]:
        """Yields the metrics of the shared databases, and those of the tenants."""
        up = _gauge("manydb_database_up", "Whether a shared database answers.", "database")
        lag = _gauge("manydb_replica_lag_seconds", "Seconds behind its primary.", "database")
        pending = _gauge("manydb_pending_migrations", "Migrations that it lacks.", "database")
        for status in readiness().databases:
            up.add_metric([status.alias], status.reachable)
            if status.lag is not None:
                lag.add_metric([status.alias], status.lag)
            if status.pending is not None:
                pending.add_metric([status.alias], status.pending)
        yield from (up, lag, pending)
        if (found := _fleet.said()) is not None:
            tenants = _gauge("manydb_tenants", "Tenants of the catalog.", "state")
            for state, count in found.states.items():
                tenants.add_metric([state], count)
            yield tenants
            text = "Tenants that lack migrations of this release, by the catalog."
            yield GaugeMetricFamily("manydb_tenants_outdated", text, found.outdated)
            text = "Tenants whose last command or migration failed."
            yield GaugeMetricFamily("manydb_tenants_failed", text, found.failed)


def _gauge(name: str, text: str, label: str) -> Any:
    return GaugeMetricFamily(name, text, labels=[label])


class _Fleet:
    """What the catalog said lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._asked = -inf
        self._state: FleetState | None = None

    def said(self) -> FleetState | None:
        """Returns the state of the fleet; None without a catalog, and while it can't be asked."""
        with self._lock:
            if monotonic() - self._asked > KEPT:
                self._asked = monotonic()
                self._answered.clear()
                threading.Thread(target=self._ask, name="state of the fleet", daemon=True).start()
        return self._state if self._answered.wait(PATIENCE) else None

    def _ask(self) -> None:
        try:
            self._state = fleet().state()
        except Exception:  # such as a catalog that is away: manydb_database_up says so
            self._state = None
        finally:
            connections.close_all()  # those of this thread
        self._answered.set()


_fleet = _Fleet()
