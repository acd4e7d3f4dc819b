"""Finds middleware in an order in which one of them misses requests that it should see."""

from typing import Any, NamedTuple

from django.conf import settings
from django.core.checks import CheckMessage
from django.db import connections

from manydb.core.conf import conf
from manydb.core.findings import Error, Warning
from manydb.core.late_checks import register
from manydb.core.probes import answer_probes

PROBES = f"{answer_probes.__module__}.{answer_probes.__name__}"
LOG = "manydb.core.request_log.log_requests"
METRICS = "manydb.contrib.prometheus.answer_metrics"
SECURITY = "django.middleware.security.SecurityMiddleware"
FILES = "whitenoise.middleware.WhiteNoiseMiddleware"
POLICY = "django.middleware.csp.ContentSecurityPolicyMiddleware"
REPLICAS = "manydb.replicas.middleware.ReadYourWrites"
TENANT = "manydb.tenants.middleware.tenant_from_request"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"


class Rule(NamedTuple):
    """``first`` stands before ``second``, or before all others if that is None."""

    first: str
    second: str | None
    reason: str


RULES = (
    Rule(PROBES, None, "probes come with any Host and without TLS"),
    Rule(METRICS, LOG, "Prometheus comes with any Host, and leaves no line"),
    Rule(METRICS, SECURITY, "requests that it redirects are counted, too"),
    Rule(METRICS, TENANT, "requests that it ends with 404 or 503 are counted, too"),
    Rule(LOG, SECURITY, "requests that it redirects are logged, too"),
    Rule(LOG, FILES, "requests that it answers are logged, too"),
    Rule(LOG, TENANT, "requests that it ends with 404 or 503 are logged, too"),
    Rule(SECURITY, FILES, "files are redirected to TLS, too"),
    Rule(FILES, TENANT, "a file is served whichever tenant the host names"),
    Rule(POLICY, TENANT, "the answers that it gives itself have the header, too"),
    Rule(REPLICAS, SESSIONS, "positions are taken when all that may write is done"),
)


@register()
def check_order(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W013: a middleware stands after one that ends requests which it should see."""
    given = list(settings.MIDDLEWARE)
    found: dict[str, tuple[str, str]] = {}  # one message for each that has to move
    for first, second, reason in RULES if given else ():
        other = second or given[0]
        if first in given and other in given and given.index(other) < given.index(first):
            found.setdefault(first, (other, reason))
    return [
        Warning(
            f"MIDDLEWARE has {other} before {first}.",
            hint=f"Move {first} before it: {reason}.",
            id="manydb.W013",
        )
        for first, (other, reason) in found.items()
    ]


@register()
def check_required(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E013: READY_REQUIRES names an alias that the project does not have."""
    unknown = [alias for alias in conf.READY_REQUIRES if alias not in connections.settings]
    return [
        Error(
            f"READY_REQUIRES has {alias!r}, and DATABASES has no such alias.",
            hint="Name aliases of DATABASES: those of the shared databases.",
            id="manydb.E013",
        )
        for alias in unknown
    ]
