"""Production's static files: a browser sees the admin with its styles, on a project without a database."""

import http.client
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from ..browser import complaints
from ..production import HTTPS, SECRET_KEY, Site, serving
from ..servers.ports import free_port

LOGIN = "/admin/login/"


@pytest.fixture(scope="module")
def site(rendered, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    env = {
        "DJANGO_SETTINGS_MODULE": "my_project.settings.production",
        "SECRET_KEY": SECRET_KEY,
        "BASE_DOMAIN": "localhost",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(free_port()),  # where no server is
        "DATABASE_USER": "app",
        "DATABASE_PASSWORD": "none",
        "DATABASE_TLS": "false",
    }
    project: Path = rendered(router="tenant", database_engine="postgresql")
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with serving(project, log, env, "my_project.wsgi") as running:
        yield running


def test_the_admin_has_its_styles(site, browser):
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": dict(HTTPS)})
    browser.get(f"http://localhost:{site.port}{LOGIN}")
    header = browser.find_element(By.ID, "header")
    colour = header.value_of_css_property("background-color")
    assert colour not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"), site.log.read_text()
    assert complaints(browser) == []


def test_a_file_is_compressed_kept_for_good_and_the_same_on_any_host(site):
    page = site.get("localhost", LOGIN)[1]
    (style,) = re.findall(r'href="(/static/admin/css/base\.\w{12}\.css)"', page)
    for host in ("localhost", "nobody.localhost", "10.0.0.7"):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        connection.request("GET", style, headers={"Host": host, "Accept-Encoding": "gzip", **HTTPS})
        response = connection.getresponse()
        body = response.read()
        assert (response.status, response.headers["Content-Encoding"]) == (200, "gzip"), host
        assert "immutable" in response.headers["Cache-Control"] and body[:2] == b"\x1f\x8b"
        connection.close()
