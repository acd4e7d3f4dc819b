"""Serves each tenant of the catalog once: prints MB resident before and after, and µs of an empty page, as JSON."""

import gc
import io
import json
import logging
import os
import time
from pathlib import Path
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from manydb.tenants import current_tenant  # noqa: E402
from manydb.tenants.models import Tenant  # noqa: E402

import benchmarks.inside.shared_databases  # noqa: E402, F401


def page(request):
    with connections[current_tenant().upper()].cursor() as cursor:
        cursor.execute("SELECT 1")
        return HttpResponse(str(cursor.fetchone()[0]))


def settings_alone(request):
    """All that stays in a process of a tenant whose connection had to go for another one's."""
    entry = connections.settings[current_tenant().upper()]
    return HttpResponse(str([connections.settings[alias]["NAME"] for alias in entry["REPLICAS"]]))


def empty(request):
    return HttpResponse("ok")


urlpatterns = [path(f"{view.__name__}/", view) for view in (page, settings_alone, empty)]
settings.ROOT_URLCONF = __name__
logging.disable()  # a line for each request
settings.TENANT_SERVERS = {f"s{number}": {"CONN_MAX_AGE": 60} for number in range(100)}
# Or a slow machine asks the catalog in each request of a long turn.
settings.TENANT_CACHE_SECONDS = 3600
application = get_wsgi_application()
NAMES = list(Tenant.objects.values_list("name", flat=True))
BLOCK = 100
CONNECTED = 300  # three times the connections that a process may have open


def get(page: str, name: str) -> None:
    answers = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/{page}/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": f"{name}.{settings.BASE_DOMAIN}",
        "HTTP_X_FORWARDED_PROTO": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
    }
    response = application(environ, lambda status, headers, error=None: answers.append(status))
    body = b"".join(response)
    response.close()
    if answers[0] != "200 OK":
        raise SystemExit(f"{name}: {answers[0]} {body[:300]!r}")


def megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cost(names: list[str]) -> float:
    """µs of an empty page, when each of these was served shortly before: the median of blocks."""
    for name in names:
        get("empty", name)
    blocks = []
    for start in range(0, len(names), BLOCK):
        began = time.process_time()
        for name in names[start : start + BLOCK]:
            get("empty", name)
        blocks.append((time.process_time() - began) / BLOCK * 1e6)
    return median(blocks)


get("page", NAMES[0])
first = megabytes()
for number, name in enumerate(NAMES):
    get("page" if number < CONNECTED else "settings_alone", name)
last = megabytes()
print(
    json.dumps(
        {"first": first, "last": last, "few": cost(NAMES[: len(NAMES) // 5]), "all": cost(NAMES)}
    )
)
