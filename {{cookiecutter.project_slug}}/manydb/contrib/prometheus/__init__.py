"""Metrics for Prometheus, of all tenants together: requests, queries, connections, replicas, databases and the fleet.

    MIDDLEWARE = [
        "manydb.core.probes.answer_probes",
        "manydb.contrib.prometheus.answer_metrics",

It counts the requests that come after it, and answers ``/metrics`` to those who have MONITORING_TOKEN. With several
processes give each PROMETHEUS_MULTIPROC_DIR, as the package's documentation says.
"""

from typing import TYPE_CHECKING

from manydb.core.later import later

if TYPE_CHECKING:
    from manydb.contrib.prometheus.middleware import answer_metrics

__all__ = ["answer_metrics"]

# Later: looking for tests imports each package, also where prometheus-client is not installed.
__getattr__ = later(__name__, {"answer_metrics": "manydb.contrib.prometheus.middleware"})
