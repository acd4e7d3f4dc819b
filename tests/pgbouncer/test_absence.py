"""What is asked for is not there: a database, the server, PgBouncer itself."""

import threading
import time
from contextlib import suppress

import pytest

from ..lone_django import SHOW_USER, django
from ..processes import eventually
from .clients import through


def test_unknown_database_fails_in_seconds_also_the_second_time(bouncer, preset):
    took = []
    for _ in range(2):
        started = time.monotonic()
        said = django(through(bouncer, preset, "nosuch"), SHOW_USER, fails=True)
        assert "nosuch" in said
        took.append(time.monotonic() - started)
    assert took[1] - took[0] < 10  # by default the second one takes 15 s


def test_server_that_is_down_fails_a_client_in_seconds(bouncer, server, preset):
    server.stop()
    try:
        started = time.monotonic()
        django(through(bouncer, preset), SHOW_USER, fails=True)
        assert time.monotonic() - started < 15  # by default 120 s
    finally:
        server.start()

    def user() -> str:
        with suppress(AssertionError):
            return django(through(bouncer, preset), SHOW_USER)
        return ""

    assert eventually(user, 20) == "app"


TWO_REQUESTS = """
    import os, pathlib, time
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.test import RequestFactory
    from django.urls import path

    def view(request):
        return HttpResponse(str(Note.objects.filter(pk=1).count()))

    urlpatterns = [path("", view)]
    settings.ROOT_URLCONF = "__main__"
    settings.ALLOWED_HOSTS = ["*"]
    application = WSGIHandler()

    def request():
        response = application(RequestFactory().get("/").environ, lambda status, headers: None)
        response.close()
        return response.status_code

    first, kept = request(), connection.connection
    pathlib.Path(os.environ["ASKED"]).touch()
    while not pathlib.Path(os.environ["RESTARTED"]).exists():
        time.sleep(0.01)
    print(kept is not None, first, request(), request())
"""


@pytest.mark.parametrize(
    ("checked", "outcome"),
    [(True, "True 200 200 200"), (False, "True 200 500 200")],
    ids=["health checks", "manydb.W108"],
)
def test_a_restart_between_two_requests(bouncer, preset, tmp_path, checked, outcome):
    """A connection is kept for the next request, which replaces it if it looks first."""
    asked, restarted = tmp_path / "asked", tmp_path / "restarted"
    said: list[str] = []
    databases = through(bouncer, preset, CONN_HEALTH_CHECKS=checked)
    places = {"ASKED": str(asked), "RESTARTED": str(restarted)}
    site = threading.Thread(target=lambda: said.append(django(databases, TWO_REQUESTS, env=places)))
    site.start()
    while not asked.exists() and site.is_alive():
        time.sleep(0.01)
    bouncer.kill()  # 1.23 and newer would wait for their clients to go
    bouncer.start()
    restarted.touch()
    site.join()
    assert said == [outcome]
