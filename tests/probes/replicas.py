"""What test_replica_*.py have a project's process do: two clients, and looks at what it knows of replicas."""

import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import (
    AsyncClient,
    Client,
    RequestFactory,
    override_settings,  # noqa: F401  statements of the tests name it
)
from heard import heard, serve  # noqa: F401  statements of the tests name it
from live import NUMBER, acme, has_context, new_row, objects, own_model, server_of
from manydb import replicas
from manydb.replicas import (
    client as carried,
)
from manydb.replicas import (
    fallback,  # noqa: F401  statements of the tests name it
    health,
    middleware,
    positions,
    read_timeout,
    replica_state,  # noqa: F401  and this
)

PRIMARY, REPLICA = ("ACME", "ACME_RO") if has_context() else ("default", "default_RO")
HOST = {"host": f"acme.{settings.BASE_DOMAIN}"}


class InAsync(AsyncClient):
    """Its handler and middleware are async; it is called like the other client."""

    def get(self, path: str, **options: Any) -> Any:
        return async_to_sync(super().get)(path, **options)

    async def request(self, **scope: Any) -> Any:
        scope["headers"].remove((b"host", b"testserver"))
        scope["headers"].append((b"host", HOST["host"].encode()))
        return await super().request(**scope)


client, stranger = Client(headers=HOST), Client(headers=HOST)
async_client = InAsync()
changes: list[list[str]] = []


def note_change(sender: Any, server: Any, before: str, state: str, **rest: Any) -> None:
    changes.append([before, state])


replicas.replica_state_changed.connect(note_change)


def get(path: str, client: Any, **headers: str) -> Any:
    response = client.get(path, secure=True, headers=headers)
    return response.json() if response.status_code == 200 else response.status_code


def begin_a_request() -> None:
    """What a server does with connections, and the test client does not."""
    close_old_connections()


def count_rows() -> int:
    """Asks the primary."""
    with acme():
        return own_model().count()


def insert() -> None:
    with acme():
        own_model().create(**new_row())


def insert_in_a_transaction() -> None:
    with transaction.atomic(using=PRIMARY):
        insert()


def insert_on_commit() -> None:
    with transaction.atomic(using=PRIMARY):
        transaction.on_commit(insert, using=PRIMARY)


def insert_and_release_a_savepoint() -> None:
    with transaction.atomic(using=PRIMARY):
        insert_in_a_transaction()
        with suppress(ZeroDivisionError), transaction.atomic(using=PRIMARY):
            insert()
            raise ZeroDivisionError


def call_a_function() -> None:
    with connections[PRIMARY].cursor() as cursor:
        cursor.execute("SELECT bump()")


def insert_and_rename_an_account() -> None:
    insert()
    objects("accounts.Account").update(accountname=str(uuid4()))


def insert_and_roll_back() -> None:
    with transaction.atomic(using=PRIMARY):
        insert()
        transaction.set_rollback(True, using=PRIMARY)


def delete_raw() -> None:
    with acme(), connections[PRIMARY].cursor() as cursor:
        cursor.execute(f"DELETE FROM {table_name()}")


def table_name() -> str:
    with acme():
        return str(own_model().model._meta.db_table)


def only_read() -> None:
    with acme():
        list(own_model().using(PRIMARY)[:1])


def response_to(view: Callable[[], None], **headers: str) -> Any:
    """What the middleware answers to a GET that a view like this answers."""

    def answer(request: HttpRequest) -> HttpResponse:
        view()
        return HttpResponse()

    return middleware.ReadYourWrites(answer)(RequestFactory().get("/", headers=headers))


def positions_after(view: Callable[[], None]) -> dict[str, str]:
    """What a client would carry, by alias."""
    value = response_to(view).headers.get(carried.HEADER, "")
    return {alias: position.text for alias, position in carried._read(value, carried._keys())}


def covers(applied: str, written: str) -> bool:
    dialect = positions.dialect_for(connections[PRIMARY])
    # PostgreSQL says where it is without its timeline.
    if connections[PRIMARY].vendor == "postgresql" and "." not in applied:
        timeline = written.partition("@")[0].partition(".")[2]
        applied = f"{applied}.{timeline}"
    return bool(dialect.covers(applied, written))


def be_impatient(seconds: int) -> None:
    """A silent replica is waited for only so long, over connections that are still to come."""
    if connections[REPLICA].vendor == "mysql":
        connections[REPLICA].settings_dict["OPTIONS"]["read_timeout"] = seconds
    else:
        read_timeout.PATIENCE = float(seconds)


def state() -> str:
    return str(health.server_of(REPLICA).state)


def reader(sql: str = "") -> int:
    """The server that answers a raw query through the replica's alias."""
    with acme(), connections[REPLICA].cursor() as cursor:
        cursor.execute(sql or f"SELECT {NUMBER[connections[REPLICA].vendor]}")
        return int(cursor.fetchone()[0])


def reader_in_a_transaction(sql: str) -> int:
    with acme(), transaction.atomic(using=REPLICA):
        return reader(sql)


def write_to_replica() -> str:
    """What stops it."""
    try:
        with acme():
            own_model().using(REPLICA).create(**new_row())
    except DatabaseError as error:
        return type(error).__name__
    return "nothing"


def choices(client: Client) -> list[str]:
    """The aliases of the replicas that answer two requests of a client."""
    aliases = connections[PRIMARY].settings_dict["REPLICAS"]
    return [
        alias
        for alias in aliases
        if statements(lambda: [get("/read/0/", client) for _ in range(2)], alias)
    ]


def reads_here(**how: bool) -> int:
    """Who answers outside of requests, with ``replicas=True`` inside ``use_replica()``."""
    with acme(), replicas.use_replica() if how.get("replicas") else nullcontext():
        return server_of(own_model() if has_context() else objects("contenttypes.ContentType"))


def statements(view: Callable[[], None], alias: str) -> list[str]:
    """What a view sends over this alias."""
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connections[alias].execute_wrapper(note):
        view()
    return sent


def seconds(run: Callable[[], Any]) -> float:
    started = time.monotonic()
    run()
    return time.monotonic() - started
