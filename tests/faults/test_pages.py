"""Pages, while a server comes and goes: an error page within seconds, and no secret shown."""

import html
import time

import pytest

from ..production import DOMAIN, serving, variables
from .saying import FAULTS, shows_no_secret


@pytest.mark.parametrize("router", ["simple", "tenant"])
def test_pages_come_back_with_the_server(rendered, server, engine, router, tmp_path):
    project = rendered(database_engine=engine, router=router)
    env = variables("my_project", server)
    with serving(project, tmp_path / "log", env, "my_project.wsgi") as site:

        def page() -> tuple[int, str]:
            started = time.monotonic()
            answer = site.get(f"acme.{DOMAIN}")
            assert time.monotonic() - started < 10
            return answer

        try:
            assert page()[0] == 200
            server.kill()
            server.start()
            assert page()[0] == 200  # on a connection that was checked and made anew
            server.kill()
            for _ in range(2):
                status, text = page()
                assert (status, "Server Error (500)" in text) == (500, True)
                assert shows_no_secret(text)
            server.start()
            for _ in range(4):  # both threads
                assert page()[0] == 200
        finally:
            if server.pid is None:
                server.start()
        assert shows_no_secret(site.log.read_text())


@pytest.mark.parametrize("fault", FAULTS)
def test_error_pages_show_no_password(rendered, server, engine, fault, tmp_path):
    project = rendered(database_engine=engine, router="tenant")
    change, reasons = FAULTS[fault]
    debug = {"DJANGO_SETTINGS_MODULE": "my_project.settings.development", **server.environment()}
    with serving(project, tmp_path / "debug", debug | change(), "my_project.wsgi") as site:
        status, page = site.get("acme.localhost")
        assert status == 500
        assert "OperationalError" in page and "get_new_connection" in page
        assert reasons[engine] in html.unescape(page)
        assert shows_no_secret(page)
        assert shows_no_secret(site.log.read_text())

    env = variables("my_project", server) | change()
    with serving(project, tmp_path / "production", env, "my_project.wsgi") as site:
        status, page = site.get(f"acme.{DOMAIN}")
        assert (status, "Server Error (500)" in page) == (500, True)
        assert reasons[engine] in (log := site.log.read_text())
        assert shows_no_secret(page + log)
