"""What clients of deploy/pgbouncer/pgbouncer.ini meet, with the settings of pooling=pgbouncer and without.

Each test runs on this machine's PgBouncer and on every other that EXTRA_PGBOUNCER names, for one release
says little about the next (a list, as PATH is):

    EXTRA_PGBOUNCER=/opt/pgbouncer-1.26/bin/pgbouncer python -m pytest tests/test_pgbouncer_behaviour.py

A setting that `manage.py check` reports is shown here to do the harm that it is reported for.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from .deployed import (
    PASSWORD,
    SHOW_USER,
    ComposePostgres,
    DeployedPgBouncer,
    connection_to,
    version,
)
from .lone_django import django, module
from .servers import programs
from .servers.fixtures import require

EXTRA = [Path(path) for path in os.environ.get("EXTRA_PGBOUNCER", "").split(os.pathsep) if path]
FLEET = 100


@pytest.fixture(scope="module")
def server(rendered: Callable[..., Path], server_folder: Path) -> Iterator[ComposePostgres]:
    """PostgreSQL as compose.yaml runs it, with its 100 connections, and 5,000 rows."""
    require("PostgreSQL", "PgBouncer")
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    with ComposePostgres(server_folder, project, "bounced") as primary:
        password = PASSWORD.replace("'", "''")
        primary.sql(f"create role app login password '{password}'")
        primary.sql("create role owner; grant owner to app")
        primary.sql("create database shop owner app")
        primary.sql("alter database shop set log_statement = 'all'")
        rows = "insert into notes_note (text) select 'note' from generate_series(1, 5000)"
        table = "create table notes_note (id bigserial primary key, text text not null)"
        primary.sql(f"set role app; {table}; {rows}", "shop")
        yield primary


@pytest.fixture(scope="module")
def preset(rendered: Callable[..., Path]) -> ModuleType:
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    return module(project / "my_project" / "databases" / "pooling.py")


@pytest.fixture(scope="module", params=[None, *EXTRA], ids=lambda path: str(path or "installed"))
def program(request: pytest.FixtureRequest, server: ComposePostgres) -> Path:
    return request.param or programs.pgbouncer()


@pytest.fixture
def bouncer(server: ComposePostgres, program: Path) -> Iterator[DeployedPgBouncer]:
    """The ini file as it is."""
    with running(server, program) as pooler:
        yield pooler


@pytest.fixture
def narrow(server: ComposePostgres, program: Path) -> Iterator[DeployedPgBouncer]:
    """All clients share one server connection: each meets what another left behind."""
    with running(server, program, default_pool_size="1") as pooler:
        yield pooler


@contextmanager
def running(server: ComposePostgres, program: Path, **edits: str) -> Iterator[DeployedPgBouncer]:
    name = f"b{time.monotonic_ns() % 10**9}"  # each has a folder of its own
    with DeployedPgBouncer(server.base, server, server.deploy, name, program, **edits) as pooler:
        yield pooler


@contextmanager
def plain_client(pooler: DeployedPgBouncer, name: str = "shop") -> Iterator[psycopg.Connection]:
    """A client that knows nothing of the pooler."""
    place = {"host": pooler.host, "port": pooler.port, "dbname": name, "user": "app"}
    with psycopg.connect(**place, password=PASSWORD, autocommit=True) as client:
        client.prepare_threshold = None
        yield client


def through(
    pooler: DeployedPgBouncer, preset: ModuleType, name: str = "shop", **changes: Any
) -> dict[str, Any]:
    """DATABASES with the preset's settings, changed here and there; ``OPTIONS`` are added."""
    settings = preset.pooled(tls=False)
    settings["OPTIONS"] |= changes.pop("OPTIONS", {})
    return connection_to(pooler, name, "app", **settings | changes)


# Cursors


ITERATE = """
    rows = Note.objects.iterator(chunk_size=50)
    read = [next(rows)]
    with transaction.atomic("other"):  # it gets the server connection that has just become free
        Note.objects.using("other").select_for_update().first()
        read.extend(rows)
    print(len(read))
"""


def test_iterator_reads_all_rows_while_others_work(bouncer, preset):
    assert django(two_clients(bouncer, preset), ITERATE) == "5000"


def test_iterator_loses_a_server_side_cursor(bouncer, preset):
    """databases.E103"""
    databases = two_clients(bouncer, preset, DISABLE_SERVER_SIDE_CURSORS=False)
    said = django(databases, ITERATE, fails=True)
    assert re.search('cursor "_django_curs_.*" does not exist', said)


def two_clients(
    pooler: DeployedPgBouncer, preset: ModuleType, **changes: Any
) -> dict[str, dict[str, Any]]:
    first, second = (through(pooler, preset, **changes) for _ in range(2))
    return first | {"other": second["default"]}


# What a session leaves behind

SESSION = """
    select coalesce(string_agg(name || '=' || setting, ' ' order by name), '') || current_user
    from pg_settings where source = 'session'
    and name not in ('application_name', 'client_encoding', 'DateStyle', 'TimeZone')
"""  # what is left out is what PgBouncer sets for each client

WORK = """
    from django.utils import timezone
    with transaction.atomic():
        Note.objects.select_for_update().first()
        with transaction.atomic():
            note = Note.objects.create(text="new")
        connection.cursor().execute("set local search_path to pg_catalog")
    note.delete()
    with timezone.override("Asia/Tokyo"):
        Note.objects.count()
    connection.close()
"""


def session(pooler: DeployedPgBouncer) -> str:
    with plain_client(pooler) as client:
        return client.execute(SESSION).fetchone()[0]


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("set search_path to pg_catalog", "search_path=pg_catalogapp"),
        ("set statement_timeout to 1234", "statement_timeout=1234app"),
        ("set role owner", "owner"),
    ],
)
def test_a_plain_client_leaves_its_session_to_the_next(narrow, statement, left):
    assert session(narrow) == "app"
    with plain_client(narrow) as careless:
        careless.execute(statement)
    assert session(narrow) == left


def test_django_leaves_nothing_to_the_next(narrow, preset):
    django(through(narrow, preset), WORK)
    assert session(narrow) == "app"


def test_assume_role_makes_others_that_role(narrow, preset):
    """databases.E102"""
    assert django(through(narrow, preset, OPTIONS={"assume_role": "owner"}), SHOW_USER) == "owner"
    assert session(narrow) == "owner"


def test_options_are_refused(bouncer, preset):
    """databases.E101"""
    options = {"options": "-c statement_timeout=30000"}
    said = django(through(bouncer, preset, OPTIONS=options), SHOW_USER, fails=True)
    assert "unsupported startup parameter" in said


# Prepared statements


PREPARE = """
    for number in range(3):
        connection.close()
        for again in range(3):
            Note.objects.filter(text="prepared?").count()
    print("done")
"""
BOUND = {"server_side_binding": True, "prepare_threshold": 0}


def executed(server: ComposePostgres, conversation: Callable[[], Any]) -> list[str]:
    """How each statement came: ``statement``, or ``execute`` and the name it was prepared under."""
    before = server.log.stat().st_size
    conversation()
    log = server.log.read_text()[before:]
    return re.findall(r"LOG:  (statement|execute [^:]*): SELECT COUNT.*'?prepared\?", log)


def test_the_preset_prepares_nothing(server, narrow, preset):
    came = executed(server, lambda: django(through(narrow, preset), PREPARE))
    assert came == ["statement"] * 9


def test_prepared_statements_need_a_newer_pgbouncer(narrow, program, preset):
    """databases.W107: 1.21 learned to follow them, and 1.24 does so by default."""
    databases = through(narrow, preset, OPTIONS=BOUND)
    if version(program) >= (1, 24):
        assert django(databases, PREPARE) == "done"
    else:
        assert re.search(
            'prepared statement "_pg3_0" (already exists|does not exist)',
            django(databases, PREPARE, fails=True),
        )


# More of everything than there are connections


CROWD = """
    import threading

    def work(number):
        for _ in range(5):
            with transaction.atomic():
                connection.cursor().execute("select pg_sleep(0.01)")
                Note.objects.create(text=f"client {number}")
        all_here.wait()  # with its connection to PgBouncer open
        connection.close()
        finished.append(number)

    finished = []
    all_here = threading.Barrier(60)
    clients = [threading.Thread(target=work, args=[number]) for number in range(60)]
    for client in clients: client.start()
    for client in clients: client.join()
    print(len(finished), Note.objects.filter(text__startswith="client").count())
    Note.objects.filter(text__startswith="client").delete()
"""


def servers_of(pooler: DeployedPgBouncer, database: str) -> int:
    lines = pooler.console("show servers").splitlines()
    return sum(line.split("|")[1:3] == ["app", database] for line in lines)


def test_sixty_clients_share_five_connections(bouncer, preset):
    assert django(through(bouncer, preset), CROWD) == "60 300"
    assert 1 <= servers_of(bouncer, "shop") <= 5


VISIT_ALL = """
    import random, threading
    from django.db import OperationalError

    MINE = "select count(*) from pg_stat_activity where usename = 'app'"
    aliases = [alias for alias in connections if alias != "default"]

    def visit(seed):
        for alias in random.Random(seed).sample(aliases, len(aliases)):
            try:
                with connections[alias].cursor() as cursor:
                    counts.append(cursor.execute(MINE).fetchone()[0])
            except OperationalError as error:
                errors.append(str(error))
            connections[alias].close()

    counts, errors = [], []
    visitors = [threading.Thread(target=visit, args=[seed]) for seed in range(4)]
    for visitor in visitors: visitor.start()
    for visitor in visitors: visitor.join()
    print(len(counts), max(counts), errors[:3])
"""


@pytest.fixture(scope="module")
def fleet(server: ComposePostgres) -> Iterator[list[str]]:
    names = [f"fleet_{number}" for number in range(FLEET)]
    for name in names:
        # Copying files is quicker than logging them, as no write is flushed here.
        server.sql(f"create database {name} owner app strategy file_copy")
    yield names
    for name in names:
        server.sql(f"drop database {name} with (force)")


def test_a_hundred_databases_fit_into_a_server_with_fewer_connections(bouncer, preset, fleet):
    """`max_user_connections` is the brake: no client is refused, whichever database it wants."""
    limit = int(
        dict(line.split("|")[:2] for line in bouncer.console("show config").splitlines())[
            "max_user_connections"
        ]
    )
    assert limit < len(fleet)
    databases = through(bouncer, preset)
    databases |= {name: through(bouncer, preset, name)["default"] for name in fleet}
    visits, peak, errors = django(databases, VISIT_ALL).split(maxsplit=2)
    assert (int(visits), errors) == (4 * len(fleet), "[]")
    # The one that makes way may still be saying good-bye when its successor is counted.
    assert limit / 2 < int(peak) <= limit + 4


# When something is not there


def test_unknown_database_fails_in_seconds_also_the_second_time(bouncer, preset):
    for _ in range(2):
        started = time.monotonic()
        said = django(through(bouncer, preset, "nosuch"), SHOW_USER, fails=True)
        assert "nosuch" in said
        assert time.monotonic() - started < 10  # by default the second one takes 15 s


def test_server_that_is_down_fails_a_client_in_seconds(bouncer, server, preset):
    server.stop()
    try:
        started = time.monotonic()
        django(through(bouncer, preset), SHOW_USER, fails=True)
        assert time.monotonic() - started < 15  # by default 120 s
    finally:
        server.start()
    deadline = time.monotonic() + 20
    while True:
        try:
            assert django(through(bouncer, preset), SHOW_USER) == "app"
            break
        except AssertionError:
            if time.monotonic() > deadline:
                raise


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
    ids=["health checks", "databases.W108"],
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
