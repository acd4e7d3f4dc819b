"""More clients and databases than there are connections."""

from collections.abc import Iterator

import pytest

from ..deployed import ComposePostgres, DeployedPgBouncer
from ..lone_django import django
from .clients import through

FLEET = 100

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
