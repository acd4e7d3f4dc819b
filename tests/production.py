"""A rendered project in production: only environment variables tell it where its databases are."""

import http.client
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .commands import PROBES, environment, manage
from .processes import running
from .servers import MariaDB, Postgres, Server
from .servers.ports import free_port

SECRET_KEY = "no page, no log and no command shows this key " * 2
DOMAIN = "shop.example"
TENANTS = ("acme", "globex")
HTTPS = {"X-Forwarded-Proto": "https"}  # as the load balancer in front says


def variables(slug: str, server: Server, pooling: str = "none") -> dict[str, str]:
    """What a deployment sets. RDS Proxy can't be had here: the engine stands in for it."""
    direct = server.direct or server
    past_the_pooler = {
        "DATABASE_DIRECT_HOST": direct.host,
        "DATABASE_DIRECT_PORT": str(direct.port),
    }
    return {
        "DJANGO_SETTINGS_MODULE": f"{slug}.settings.production",
        "SECRET_KEY": SECRET_KEY,
        "BASE_DOMAIN": DOMAIN,
        "TENANTS": ",".join(TENANTS),
        "DATABASE_TLS": "false",
        **server.environment(),
        **({} if pooling == "none" else past_the_pooler),
    }


def with_pages(env: Mapping[str, str], slug: str) -> dict[str, str]:
    """The same, with the pages of tests/probes: settings whose URLs are some more."""
    ours = {"LIVE_PROJECT": slug, "DJANGO_SETTINGS_MODULE": "live_settings"}
    return {**env, **ours, "PYTHONPATH": str(PROBES)}


def create(server: MariaDB | Postgres, name: str, legacy: Path | None = None) -> None:
    """A database of the app's user: empty or, as another system left it, with the tables of a file."""
    drop(server, name)
    postgres = isinstance(server, Postgres)
    server.sql(f"create database {name}" + (f" owner {server.user}" if postgres else ""))
    if legacy:
        login = f"set role {server.user};" if postgres else ""
        server.sql(login + legacy.read_text(), name)


def drop(server: MariaDB | Postgres, name: str) -> None:
    force = " with (force)" if isinstance(server, Postgres) else ""
    server.sql(f"drop database if exists {name}{force}")


@dataclass(frozen=True, slots=True)
class Site:
    """A server of web pages, and what it wrote into its log."""

    port: int
    log: Path

    def get(
        self, host: str, path: str = "/", headers: Mapping[str, str] = HTTPS
    ) -> tuple[int, str]:
        """Status and body, asked for by that host's name; redirections are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": host, **headers})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def post(self, host: str, path: str, form: str, headers: Mapping[str, str]) -> tuple[int, str]:
        """Status and body of the answer to a form that a browser sends, with its ``Origin`` and cookies."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        form_headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": host}
        try:
            connection.request("POST", path, form, {**form_headers, **HTTPS, **headers})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def cookies(self, host: str, path: str) -> dict[str, str]:
        """The cookies that a page sets, each with its attributes as they stand in the header."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": host, **HTTPS})
            lines = connection.getresponse().headers.get_all("Set-Cookie", [])
            return dict(line.split("=", 1) for line in lines)
        finally:
            connection.close()


_collected: list[Path] = []


def collect(project: Path) -> None:
    """Static files, as an image has them. They are the same in each project, so one collects them for all."""
    folder = project / "staticfiles"
    if folder.exists():
        return
    if _collected and _collected[0].exists():
        shutil.copytree(_collected[0], folder)
    else:
        settings = f"--settings={project.name}.settings.static_files"
        manage(project, "collectstatic", "--no-input", settings)
        _collected[:] = [folder]


@contextmanager
def serving(
    project: Path,
    log: Path,
    env: Mapping[str, str],
    application: str,
    program: str = "gunicorn",
    threads: int = 2,
) -> Iterator[Site]:
    """gunicorn (or uvicorn) with a project's application while the block lasts."""
    collect(project)
    port = free_port()
    place = {
        "gunicorn": (f"--bind=127.0.0.1:{port}", f"--threads={threads}", "--worker-tmp-dir=/tmp"),
        "uvicorn": ("--host=127.0.0.1", f"--port={port}"),
    }[program]
    site = Site(port, log)
    command = [sys.executable, "-m", program, *place, application]
    home = {"HOME": str(log.parent)}  # gunicorn leaves a socket there
    with running(command, log, lambda: _answers(site), cwd=project, env=environment(env) | home):
        yield site


def _answers(site: Site) -> bool:
    """Its listening is not enough: gunicorn listens before it has loaded the application."""
    try:
        site.get(DOMAIN, headers={})
    except OSError:
        return False
    return True
