"""Sentry, OpenTelemetry and django-prometheus together: each stands around connections and cursors."""

import sentry_sdk
import sentry_sdk.transport
from opentelemetry import trace
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk.integrations.django import DjangoIntegration

from ..site import *

SENT: list[object] = []


class Kept(sentry_sdk.transport.Transport):
    def capture_envelope(self, envelope: object) -> None:
        SENT.append(envelope)


sentry_sdk.init(
    dsn="https://key@sentry.example.com/1",
    transport=Kept,
    traces_sample_rate=1.0,
    integrations=[DjangoIntegration(middleware_spans=True)],
)
SPANS = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(SPANS))
trace.set_tracer_provider(provider)
DjangoInstrumentor().instrument()
SQLite3Instrumentor().instrument()

INSTALLED_APPS = [*INSTALLED_APPS, "django_prometheus"]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    *MIDDLEWARE,
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
for entry in DATABASES.values():
    entry["ENGINE"] = "django_prometheus.db.backends.sqlite3"
ROOT_URLCONF = "engine.tests.packages.with_instruments.urls"
PROMETHEUS_EXPORT_MIGRATIONS = False
