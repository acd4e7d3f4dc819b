"""A site in production whose login is rotated while it serves pages: nobody restarts it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.core import signing

from ..commands import manage, run
from ..processes import eventually
from ..production import DOMAIN, Site, create, drop, serving, variables, with_pages
from ..servers import MariaDB
from ..servers.fixtures import server_of
from .aws import Aws

AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
SITES = [
    ("mysql", "uvicorn", "asgi", "simple"),
    ("postgresql", "gunicorn", "wsgi", "tenant"),
    pytest.param("mysql", "gunicorn", "wsgi", "tenant", marks=pytest.mark.long),
    pytest.param("postgresql", "uvicorn", "asgi", "simple", marks=pytest.mark.long),
]


class Visitors:
    """Some 20 requests a second, in two threads, and what they were answered."""

    def __init__(self, site: Site, host: str) -> None:
        self.site, self.host = site, host
        self.answers: list[str] = []
        self.over = threading.Event()

    def visit(self) -> None:
        while not self.over.is_set():
            began = time.monotonic()
            status, body = self.site.get(self.host, "/who-logs-in/")
            self.answers.append(body if status == 200 else f"failed with {status}")
            self.over.wait(max(0, 0.1 - (time.monotonic() - began)))

    def see(self, answer: str) -> None:
        """Waits until ten answers in a row are this one, and forgets what was before."""
        assert eventually(lambda: self.answers[-10:] == [answer] * 10, 60), self.answers[-20:]

    def failed(self) -> list[str]:
        """The failures since this was asked last."""
        seen, self.answers = self.answers, []
        return [answer for answer in seen if answer.startswith("failed")]


@contextmanager
def visitors(site: Site, host: str) -> Iterator[Visitors]:
    them = Visitors(site, host)
    threads = [threading.Thread(target=them.visit) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield them
    finally:
        them.over.set()
        for thread in threads:
            thread.join()


def second_account(server: Any) -> None:
    """As the manual says: it may do what the first may."""
    if isinstance(server, MariaDB):
        server.sql("create user app_b@'%' identified by 'b-1'")
        server.sql(f"grant {server.grants} on *.* to app_b@'%'")
    else:
        server.sql(f"create role app_b login password 'b-1' in role {server.user}")
        server.sql(f"alter role app_b set role {server.user}")


def new_password(server: Any, password: str) -> None:
    if isinstance(server, MariaDB):
        server.sql(f"alter user app_b@'%' identified by '{password}'")
    else:
        server.sql(f"alter role app_b password '{password}'")


def put(aws: Aws, given: dict[str, str], password: str) -> None:
    """The second account, with this password, into the store."""
    aws.put(**given | {"DATABASE_USER": "app_b", "DATABASE_PASSWORD": password})


def rotate(
    them: Visitors, server: Any, put: Callable[[str], None], first: str, second: str
) -> None:
    """The three ways of the manual; ``first`` and ``second`` are what pages answer with each account."""
    them.see(first)
    # Two accounts: both logins are valid.
    put("b-1")
    them.see(second)
    assert them.failed() == []
    # One account, and the store is told first: its password fails until the server has it.
    put("b-2")
    new_password(server, "b-2")
    them.see(second)
    assert them.failed() == []
    # One account, and the server is told first: pages fail until the store has it.
    new_password(server, "b-3")
    assert eventually(lambda: them.answers and them.answers[-1].startswith("failed"))
    put("b-3")
    them.see(second)
    them.failed()
    them.see(second)
    assert them.failed() == []


@pytest.mark.parametrize(("engine", "program", "interface", "router"), SITES)
def test_a_rotated_login(
    request, rendered: Callable[..., Any], aws, tmp_path, engine, program, interface, router
):
    slug = f"rotated_{engine}"
    project = rendered(
        database_engine=engine,
        router=router,
        parameter_store="aws_secrets_manager",
        legacy_models=False,
        project_slug=slug,
        tenants="acme",
    )
    server = server_of(request, engine)
    given = variables(slug, server) | {"TENANTS": "acme", "PARAMETER_SECONDS": "1"}
    given["CONN_MAX_AGE"] = "0"  # every request logs in
    own = with_pages(given, slug).items() - given.items()
    env = dict(own) | AWS | {"AWS_ENDPOINT_URL": aws.url, "PARAMETER_PATH": "my_project"}
    aws.put(**given)
    create(server, slug)
    create(server, f"{slug}_acme")
    second_account(server)
    aliases = 2 if router == "tenant" else 1
    host = f"acme.{DOMAIN}" if router == "tenant" else DOMAIN
    first, second = (str([user] * aliases).replace("'", '"') for user in (server.user, "app_b"))
    try:
        manage(project, "migrate_databases", env=env)
        application = f"{slug}.{interface}:application"
        with (
            serving(project, tmp_path / "log", env, application, program) as site,
            visitors(site, host) as them,
        ):
            rotate(them, server, partial(put, aws, given), first, second)
        log = (tmp_path / "log").read_text()
        assert "Secrets Manager has changed: DATABASE_PASSWORD, DATABASE_USER" in log
        assert not [secret for secret in ("b-1", "b-2", "b-3") if secret in log]
    finally:
        drop(server, slug)
        drop(server, f"{slug}_acme")
        kind = "user" if engine == "mysql" else "role"
        server.sql(f"drop {kind} app_b")


READS = """
import sys
import django
django.setup()
from django.core import signing
print(*map(signing.loads, sys.argv[1:]))
"""


def test_a_rotated_secret_key(rendered):
    """The three steps of the manual: old and new processes read what was signed with either key."""
    project = rendered()
    place = {"DATABASE_HOST": "db.internal", "DATABASE_USER": "app", "DATABASE_PASSWORD": "secret"}
    settings = {"DJANGO_SETTINGS_MODULE": "my_project.settings.production", "BASE_DOMAIN": DOMAIN}
    old, new = "old" * 20, "new" * 20
    by_old, by_new = (
        signing.TimestampSigner(key=key, fallback_keys=[], salt="django.core.signing").sign_object(
            "kept"
        )
        for key in (old, new)
    )
    for keys, signed in (
        ({"SECRET_KEY": old, "SECRET_KEY_FALLBACKS": new}, (by_old, by_new)),
        ({"SECRET_KEY": new, "SECRET_KEY_FALLBACKS": f"older,{old}"}, (by_old, by_new)),
        ({"SECRET_KEY": new}, (by_new,)),
    ):
        read = run(project, "-c", READS, *signed, env=place | settings | keys).stdout.split()
        assert read == ["kept"] * len(signed)
