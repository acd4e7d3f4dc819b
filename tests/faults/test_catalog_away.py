"""A tenant that is not known yet, while ``default`` can't say whether there is one."""

import socket

from ..production import DOMAIN, serving, variables
from ..servers import Server
from .saying import shows_no_secret


def test_its_page_is_503_after_asking_their_one_address_once_and_no_tenants_database(
    rendered, server_folder, engine, tmp_path
):
    project = rendered(database_engine=engine, router="tenant")
    server = Server(server_folder, f"silent-{engine}")
    with socket.create_server((server.host, server.port)) as silent:
        env = variables("my_project", server)
        with serving(project, tmp_path / "log", env, "my_project.wsgi") as site:
            status, page = site.get(f"acme.{DOMAIN}")
            log = site.log.read_text()
        # default_RO may answer with the catalog, but is at the address that has just said nothing.
        assert connections_to(silent) == 1
    assert (status, "try again in a moment" in page) == (503, True)
    assert "OperationalError" in log and shows_no_secret(page + log)


def connections_to(listening: socket.socket) -> int:
    listening.setblocking(False)
    count = 0
    while True:
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1
