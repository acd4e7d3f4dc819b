"""Logins that change while a process runs: ``python -m logins CASE…`` prints what became of connections, as JSON.

The parameter store is a dict, which counts how often it is asked. ``psql`` or ``mariadb`` stands for the operator.
"""

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from math import inf
from typing import Any, ClassVar

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import OperationalError
from manydb.core.credentials import passwords_of
from manydb.parameters import get_param, use
from manydb.parameters.store import ParameterStore

ENGINE = os.environ["LOGINS_ENGINE"]
THROUGH = os.environ.get("LOGINS_PORT") or os.environ["DIRECT_PORT"]


class Memory(ParameterStore):
    name = "memory"
    kept: ClassVar[dict[str, str]] = {"DB_USER": "one", "DB_PASSWORD": "first"}
    asked = 0

    def load(self) -> dict[str, str]:
        type(self).asked += 1
        return dict(self.kept)


use("logins.Memory")
sys.modules["logins"] = sys.modules[__name__]
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": f"manydb.backends.rotating_{ENGINE}",
            "HOST": "127.0.0.1",
            "PORT": THROUGH,
            "NAME": "logins",
            "USER": get_param("DB_USER"),
            "PASSWORD": get_param("DB_PASSWORD"),
        }
    },
    PARAMETER_SECONDS=3600,
)
django.setup()

from django.db import connection  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402
from manydb.core.guards import add_check  # noqa: E402

STORE: Any = get_param("DB_USER").source  # type: ignore[attr-defined]
Memory.asked = 0


def administrator(statement: str) -> None:
    """What a person does on the server."""
    place = {"host": "127.0.0.1", "port": int(os.environ["DIRECT_PORT"])}
    login = {"user": "boss", "password": "boss"}
    if ENGINE == "postgresql":
        import psycopg

        with psycopg.connect(dbname="postgres", autocommit=True, **place, **login) as session:
            session.execute(statement)
    else:
        import MySQLdb

        session = MySQLdb.connect(**place, **login)
        session.cursor().execute(statement)
        session.close()


def has_password(password: str, user: str = "one") -> None:
    word = "role" if ENGINE == "postgresql" else "user"
    by = "password" if ENGINE == "postgresql" else "identified by"
    administrator(f"alter {word} {user} {by} '{password}'")


def opens() -> str:
    """The user of a new connection, or "refused"."""
    connection.close()
    return uses()


def uses() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select current_user" if ENGINE == "postgresql" else "select user()")
            return str(cursor.fetchone()[0]).partition("@")[0]
    except OperationalError:
        return "refused"


def after_its_time_to_live() -> Any:
    """The store has another account. An open connection stays; the next one after the time to live has it."""
    found = [opens()]
    Memory.kept = {"DB_USER": "two", "DB_PASSWORD": "second"}
    found += [uses(), opens()]
    STORE._asked_at = -inf
    return [*found, uses(), opens(), Memory.asked]


def at_once_after_a_refusal() -> Any:
    found = [opens()]
    has_password("changed")
    Memory.kept = {"DB_USER": "one", "DB_PASSWORD": "changed"}
    return [*found, uses(), opens(), opens(), Memory.asked]


def once_in_30_seconds() -> Any:
    """Nobody has told the store."""
    has_password("changed")
    found = [opens() for _ in range(5)]
    asked = Memory.asked
    Memory.kept = {"DB_USER": "one", "DB_PASSWORD": "changed"}
    found.append(opens())
    STORE._next_refusal -= 30
    return [*found, opens(), asked, Memory.asked]


def a_store_that_is_ahead() -> Any:
    """The store has the next password, and the server does not yet; then it does."""
    found = [opens()]
    Memory.kept = {"DB_USER": "one", "DB_PASSWORD": "changed"}
    STORE._asked_at = -inf
    found += [opens(), opens()]
    has_password("changed")
    return [*found, opens()]


def half_of_a_pair() -> Any:
    """A store of single parameters is read between two writes."""
    found = [opens()]
    Memory.kept = {"DB_USER": "two", "DB_PASSWORD": "first"}
    STORE._asked_at = -inf
    found.append(opens())
    Memory.kept = {"DB_USER": "two", "DB_PASSWORD": "second"}
    STORE._asked_at = -inf
    return [*found, opens()]


def of_threads() -> Any:
    """Ten are refused together."""
    opens()
    has_password("changed")
    Memory.kept = {"DB_USER": "one", "DB_PASSWORD": "changed"}
    found: list[str] = []
    barrier = threading.Barrier(10)

    def connect() -> None:
        barrier.wait()
        found.append(opens())
        connection.close()

    threads = [threading.Thread(target=connect) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [sorted(set(found)), len(found), Memory.asked]


def of_asyncio() -> Any:
    opens()
    has_password("changed")
    Memory.kept = {"DB_USER": "one", "DB_PASSWORD": "changed"}

    async def together() -> list[str]:
        ask = sync_to_async(opens, thread_sensitive=False)
        return await asyncio.gather(*(ask() for _ in range(4)))

    return [sorted(set(asyncio.run(together()))), Memory.asked]


def while_the_store_is_away() -> Any:
    found = [opens()]

    def away(self: Memory) -> dict[str, str]:
        type(self).asked += 1
        raise OSError("no route")

    Memory.errors = (OSError,)
    Memory.load = away  # type: ignore[method-assign]
    STORE._asked_at = -inf
    return [*found, opens(), opens(), Memory.asked]


def another_error_than_a_refusal() -> Any:
    connection.settings_dict["NAME"] = "nowhere"
    return [opens(), opens(), Memory.asked]


def of_a_client_program() -> Any:
    """dump_tenant and others hand the login to the server's own programs."""
    Memory.kept = {"DB_USER": "two", "DB_PASSWORD": "second"}
    STORE._asked_at = -inf
    return list(connection.new_login())  # type: ignore[attr-defined]


def hidden() -> Any:
    """Every password that was or is in use."""
    opens()
    Memory.kept = {"DB_USER": "two", "DB_PASSWORD": "second"}
    STORE._asked_at = -inf
    opens()
    return sorted(passwords_of(connection.settings_dict))


def of_a_lease() -> Any:
    """The account ends before CONN_MAX_AGE: the connection is closed by then, between requests.

    On MySQL Django changes the session as it opens it, which the engine must not take for a reason to keep it.
    """
    from manydb.core import session_state

    add_check(connection, session_state.note_session, lambda sql: False)
    connection_created.connect(session_state.watch_session)
    connection.settings_dict["CONN_MAX_AGE"] = 3600
    Memory.ends = lambda self: time.monotonic() + 60  # type: ignore[method-assign]
    STORE._asked_at = -inf
    opens()
    before = connection.connection is not None
    assert connection.close_at is not None
    return [before, 0 < connection.close_at - time.monotonic() <= 60]


def in_a_pool() -> Any:
    """Django's own pool, which opens connections in threads of its own."""
    connection.settings_dict["OPTIONS"] = {"pool": {"min_size": 0, "max_size": 1}}
    found = [opens()]
    has_password("changed")
    Memory.kept = {"DB_USER": "one", "DB_PASSWORD": "changed"}
    connection.close()
    connection.pool.drain()  # type: ignore[attr-defined]
    return [*found, opens()]


def in_a_process_of_its_own(case: Callable[[], Any]) -> Any:
    """What a case gives. A fork takes no time, and a new process half a second."""
    has_password("first")
    reader, writer = os.pipe()
    if child := os.fork():
        os.close(writer)
        with open(reader) as file:
            found = file.read()
        os.waitpid(child, 0)
        return json.loads(found or '"failed"')
    try:
        with open(writer, "w") as file:
            json.dump(case(), file)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


if __name__ == "__main__":
    print(json.dumps({name: in_a_process_of_its_own(globals()[name]) for name in sys.argv[1:]}))
