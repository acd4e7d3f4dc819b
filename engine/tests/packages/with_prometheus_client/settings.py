from ..site import *

DATABASES = in_files(DATABASES)
MIDDLEWARE = [
    "manydb.core.probes.answer_probes",
    "manydb.contrib.prometheus.answer_metrics",
    "manydb.core.request_log.log_requests",
    *MIDDLEWARE,
]
MONITORING_TOKEN = "of the monitoring"
TENANTS_ALWAYS_READY = False
ROOT_URLCONF = "engine.tests.packages.with_prometheus_client.urls"
WSGI_APPLICATION = "engine.tests.packages.with_prometheus_client.wsgi.application"
