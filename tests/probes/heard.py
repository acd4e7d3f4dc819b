"""What a request sends to each server, as its driver sends it: checks of health and positions included."""

from collections.abc import Callable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import RequestFactory
from manydb.core.read_only_servers import TAKES_NO_WRITES

HEALTH = {"SELECT 1", *TAKES_NO_WRITES.values()}

sent: list[tuple[int, str]] = []  # the port, and the statement


def listen() -> None:
    """To be called before the first connection is opened."""
    if connections["default"].vendor == "postgresql":
        import psycopg

        execute = psycopg.Cursor.execute

        def noting_execute(cursor: Any, sql: Any, *args: Any, **kwargs: Any) -> Any:
            sent.append((cursor.connection.info.port, str(sql)))
            return execute(cursor, sql, *args, **kwargs)

        psycopg.Cursor.execute = noting_execute  # type: ignore[method-assign]
        return
    from MySQLdb.connections import Connection

    query, ping = Connection.query, Connection.ping

    def noting_query(session: Any, sql: bytes) -> Any:
        sent.append((session.port, sql.decode()))
        return query(session, sql)

    def noting_ping(session: Any) -> Any:
        sent.append((session.port, "SELECT 1"))
        return ping(session)

    Connection.query, Connection.ping = noting_query, noting_ping


def what(sql: str) -> str:
    if "lsn" in sql or "gtid" in sql:
        return "position"
    return "health" if sql in HEALTH else sql.split()[0]


def heard(run: Callable[[], Any]) -> list[tuple[int, str]]:
    """The port of the server, and what it was asked, of each statement that is sent while this runs."""
    sent.clear()
    run()
    return [(port, what(sql)) for port, sql in sent]


def serve(path: str, method: str = "GET", **headers: str) -> None:
    """Answers a request as a server does: with the signals that close old connections, which test clients leave out."""
    environ = RequestFactory(headers=headers).generic(method, path, secure=True).environ
    answers: list[str] = []
    response: Any = WSGIHandler()(environ, lambda status, _: answers.append(status))
    b"".join(response)
    response.close()
    assert answers[0].startswith("200"), answers


listen()
