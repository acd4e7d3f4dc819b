"""Whole empty requests through the WSGI handler, all middleware included: ``request.py ROUNDS ours|django``.

With ``django``, ``connections`` is what Django makes of DATABASES."""

import json
import statistics
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.urls import path  # noqa: E402

from benchmarks.inside.django_connections import use_djangos_connections  # noqa: E402

urlpatterns = [path("", lambda request: HttpResponse())]
settings.ROOT_URLCONF = "__main__"
settings.ALLOWED_HOSTS = ["*"]
if sys.argv[2] == "django":
    use_djangos_connections()
serve = get_wsgi_application()
environ = RequestFactory(headers={"host": "localhost"}).get("/").environ


def one_request() -> float:
    began = time.perf_counter()
    response = serve(dict(environ), lambda status, headers: None)
    response.close()
    assert response.status_code == 200
    return time.perf_counter() - began


for _ in range(200):
    one_request()
times = sorted(one_request() for _ in range(int(sys.argv[1])))
# The quickest tenth: what the code takes when nothing else has the processor.
print(json.dumps({"seconds": statistics.mean(times[: len(times) // 10])}))
