"""The recipes of monitoring.md as they are written there, with an exporter and a transport that keep what is sent."""

import re
import sys
from pathlib import Path
from types import ModuleType

import sentry_sdk.transport
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import manydb

from ..site import *

PAGE = (Path(manydb.__file__).parent / "docs/monitoring.md").read_text(encoding="utf-8")


def module_of_the_page(name: str) -> ModuleType:
    """my_project/<name>.py of the page."""
    (source,) = re.findall(rf"```python\n# my_project/{name}.py\n(.*?)```", PAGE, re.DOTALL)
    module = sys.modules.setdefault(f"recipe_{name}", ModuleType(f"recipe_{name}"))
    exec(source, vars(module))
    return module


SENT: list[object] = []
SPANS = InMemorySpanExporter()


class Kept(sentry_sdk.transport.Transport):
    def capture_envelope(self, envelope: object) -> None:
        SENT.append(envelope)


MIDDLEWARE = [
    "manydb.core.probes.answer_probes",
    "manydb.core.request_log.log_requests",
    *MIDDLEWARE,
]
module_of_the_page("errors").begin(
    "https://key@sentry.example.com/1", traces_sample_rate=1.0, transport=Kept
)
TENANT_RESOLVERS = ["recipe_errors.tagged_subdomain"]
ROOT_URLCONF = "engine.tests.packages.with_tenants_in_traces.urls"
