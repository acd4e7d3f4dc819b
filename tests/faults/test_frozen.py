"""A primary that is frozen: its network answers, and it says nothing. Others' pages are there all the same."""

import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ..commands import PROBES, manage
from ..processes import eventually
from ..production import DOMAIN, Site, serving, variables
from ..servers.fixtures import ENGINES

PAGES = {
    "on the frozen server": ("initech", "/rows/"),
    "on another server": ("acme", "/rows/"),
    "without a query": ("initech", "/plain/"),
}
# The environment, the seconds after which a client gives up on a silent server, and for how long one is frozen.
SHORT: tuple[dict[str, str], int, int] = ({"STATEMENT_SECONDS": "1"}, 1 + 5, 8)
DEFAULTS: tuple[dict[str, str], int, int] = ({}, 15 + 5, 30)
A_SECOND_LATER = 1.0


@pytest.fixture(
    params=[
        pytest.param(SHORT, id="short"),
        pytest.param(DEFAULTS, id="defaults", marks=pytest.mark.long),
    ]
)
def two_servers(
    request: pytest.FixtureRequest,
    rendered: Callable[..., Path],
    server,
    engine: str,
    server_folder: Path,
    tmp_path: Path,
) -> Iterator[tuple[Site, object, int, int]]:
    """A site in production, one of whose tenants is on a server of its own."""
    more, deadline, frozen = request.param
    project = rendered(database_engine=engine, router="tenant")
    with ENGINES[engine](server_folder, f"{engine}-eu") as eu:
        env = variables("my_project", server) | {
            "LIVE_PROJECT": "my_project",
            "DJANGO_SETTINGS_MODULE": "frozen_settings",
            "PYTHONPATH": str(PROBES),
            "EU_HOST": eu.host,
            "EU_PORT": str(eu.port),
            **more,
        }
        manage(project, "migrate_databases", env=env)
        manage(project, "create_tenant", "initech", "--server", "eu", env=env)
        try:
            with serving(project, tmp_path / "log", env, "my_project.wsgi", threads=4) as site:
                yield site, eu, deadline, frozen
        finally:
            manage(project, "drop_tenant", "initech", "--yes", env=env)


def test_pages_that_need_another_server_or_none_do_not_wait_for_it(two_servers):
    site, eu, deadline, frozen_for = two_servers
    for host, path in PAGES.values():
        assert site.get(f"{host}.{DOMAIN}", path)[0] == 200
    over = threading.Event()
    asked: dict[str, list[tuple[int, float]]] = defaultdict(list)

    def ask(page: str) -> None:
        host, path = PAGES[page]
        started = time.monotonic()
        status, _ = site.get(f"{host}.{DOMAIN}", path)
        asked[page].append((status, time.monotonic() - started))

    def keep_asking(page: str) -> None:
        while not over.wait(0.1):
            ask(page)

    eu.freeze()
    try:
        with ThreadPoolExecutor(12) as clients:
            for page in PAGES:
                for _ in range(4):
                    clients.submit(keep_asking, page)
            over.wait(frozen_for)
            over.set()
    finally:
        eu.thaw()
    for page in ("on another server", "without a query"):
        assert {status for status, _ in asked[page]} == {200}
        assert statistics.median(seconds for _, seconds in asked[page]) < A_SECOND_LATER
    frozen = asked["on the frozen server"]
    assert {status for status, _ in frozen} == {503}
    assert max(seconds for _, seconds in frozen) < deadline + A_SECOND_LATER
    assert eventually(lambda: site.get(f"initech.{DOMAIN}", "/rows/")[0] == 200)
