"""``/livez`` and ``/readyz`` of a project as it is served, while its databases say nothing and as it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml

from ..commands import environment
from ..deployed import lint
from ..processes import eventually, running
from ..production import HTTPS, SECRET_KEY, Site
from ..rendering import name_of
from ..servers.ports import free_port

SHAPES = [
    {"router": "tenant", "database_engine": "postgresql", "pooling": "pgbouncer"},
    {"router": "simple", "database_engine": "mysql"},
]
TOKEN = "of-the-monitoring"
PROGRAMS = {
    "gunicorn": (
        "--threads=2",
        "--worker-tmp-dir=/tmp",
        "--bind=127.0.0.1:{port}",
        "my_project.wsgi",
    ),
    "uvicorn": (
        "--no-access-log",
        "--host=127.0.0.1",
        "--port={port}",
        "my_project.asgi:application",
    ),
}


@pytest.fixture
def frozen() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=50)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def served(
    project: Path, log: Path, program: str, port_of_databases: int
) -> Iterator[tuple[Site, "subprocess.Popen[bytes]"]]:
    site = Site(free_port(), log)
    words = [word.format(port=site.port) for word in PROGRAMS[program]]
    env = {
        "DJANGO_SETTINGS_MODULE": "my_project.settings.production",
        "SECRET_KEY": SECRET_KEY,
        "BASE_DOMAIN": "shop.example",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(port_of_databases),
        "DATABASE_USER": "app",
        "DATABASE_PASSWORD": "a password of databases",
        "DATABASE_TLS": "false",
        "MONITORING_TOKEN": TOKEN,
        "DRAIN_SECONDS": "600",
    }
    command = [sys.executable, "-m", program, *words]
    home = {"HOME": str(log.parent)}
    with running(
        command, log, lambda: lives(site), cwd=project, env=environment(env) | home
    ) as process:
        yield site, process


def lives(site: Site) -> bool:
    try:
        return site.get("10.0.0.7", "/livez", headers={}) == (200, "alive")
    except OSError:
        return False


@pytest.mark.parametrize("program", PROGRAMS)
def test_probes_of_a_process_whose_databases_say_nothing(rendered, tmp_path, program, frozen):
    project = rendered(router="tenant", database_engine="postgresql")
    with served(project, tmp_path / "log", program, frozen) as (site, process):

        def readyz(**headers: str) -> tuple[int, str]:
            return site.get("10.0.0.7", "/readyz", headers=headers)

        assert readyz() == (503, "starting")
        # After some seconds it is as ready as it will be: what it has known goes on being served.
        assert eventually(lambda: readyz() == (200, "ready"), 30)
        status, answer = readyz(Authorization=f"Bearer {TOKEN}")
        rows = json.loads(answer)["databases"]
        assert status == 200
        assert [row["alias"] for row in rows] == [
            "default",
            "default_RO",
            "accounts",
            "accounts_RO",
        ]
        assert {row["reachable"] for row in rows} == {False}
        # Another page is answered as before, by the host's name only.
        assert site.get("10.0.0.7", "/", headers=HTTPS)[0] == 400

        worker = process.pid if program == "uvicorn" else only_child(process.pid)
        os.kill(worker, signal.SIGTERM)
        assert eventually(lambda: readyz() == (503, "draining"))
        assert lives(site)
        os.kill(worker, signal.SIGTERM)  # as the timer does
        assert eventually(lambda: not is_running(worker), 30)
        process.send_signal(signal.SIGINT)  # gunicorn's next worker would drain as long
    log = site.log.read_text()
    line = (
        r" INFO manydb\.request: GET / 400 host=10\.0\.0\.7 duration_ms=[\d.]+ request_id=\w{32}$"
    )
    assert len(re.findall(line, log, re.MULTILINE)) == 1, (
        log
    )  # by log_requests, and by no access log
    assert "/livez" not in log and "/readyz" not in log and "a password of" not in log


@pytest.mark.parametrize("answers", SHAPES, ids=name_of)
def test_containers_ask_them(rendered, answers):
    project = rendered(**answers)
    port = "http://127.0.0.1:8000"
    assert f"urlopen('{port}/livez'" in (project / "Dockerfile").read_text()
    compose = yaml.safe_load((project / "compose.yaml").read_text())
    assert f"urlopen('{port}/readyz'" in compose["services"]["web"]["healthcheck"]["test"][-1]
    if answers["router"] == "tenant":
        path = project / "deploy/kubernetes/web.yaml"
        lint("kubernetes-validate", "--strict", "--quiet", path)
        _, deployment = yaml.safe_load_all(path.read_text())
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        asked = {name: container[name]["httpGet"]["path"] for name in container if "Probe" in name}
        live = {"startupProbe": "/livez", "livenessProbe": "/livez"}
        assert asked == {**live, "readinessProbe": "/readyz"}


def only_child(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"
