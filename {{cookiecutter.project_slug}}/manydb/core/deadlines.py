"""How long each step of talking to a server may take, and what of it is sent where.

``DEADLINES`` of an entry of ``DATABASES`` says so, in seconds: ``statement``, ``lock`` and ``silence``. 0 is no limit.
Presets have it. ``connect_timeout`` is an option of both drivers, and stands in OPTIONS.

=====================  ==========================  ======================  ==========================  ===================
way                    connect                     statement               lock                        silence
=====================  ==========================  ======================  ==========================  ===================
PostgreSQL, direct     ``connect_timeout``         ``statement_timeout``   ``lock_timeout``            psycopg's ``wait``
PostgreSQL, pooler     ``connect_timeout``         the role's              the role's                  psycopg's ``wait``
MySQL, direct          ``connect_timeout``         ``max_execution_time``  ``lock_wait_timeout``       ``read_timeout``
MariaDB, direct        ``connect_timeout``         ``max_statement_time``  ``lock_wait_timeout``       ``read_timeout``
MySQL, RDS Proxy       ``connect_timeout``         parameter group         InitQuery                   ``read_timeout``
past the pooler        ``connect_timeout``         none                    as direct                   none
management commands    ``connect_timeout``         none                    as above                    none
=====================  ==========================  ======================  ==========================  ===================

Silence is what a frozen server leaves: the network takes all that is sent, so no timeout of TCP ends it. It is longer
than a statement may take, so that the server is the first to give up and the connection stays in order. A ``SET`` of
ours would pin RDS Proxy, and reach other clients of PgBouncer; its ``options`` would be refused or dropped.

Sources: PostgreSQL, "Client Connection Defaults"; MariaDB, "Aborting Statements"; MySQL, "Server System Variables".
"""

from collections.abc import Mapping
from typing import Any

from manydb.core.running_command import running_command

STATEMENT = 15.0  # seconds, of a request; 0 is no limit
LOCK = 5.0
# The server gives up first, and the connection stays in order. A frozen server can't, so the client does later.
LATER = 5.0
# Of a replica: there is another server to read from, and its reader gives up after 10 s of silence.
LONGEST_ON_REPLICA = 9.0

_OF_LOCKS = "innodb_lock_wait_timeout = {0}, lock_wait_timeout = {0}"
# MariaDB runs /*M! … */, MySQL /*!80000 … */, and each takes the other's for a comment.
_OF_STATEMENTS = "/*M!100100 , max_statement_time = {0} */ /*!80000 , max_execution_time = {1} */"


def of_requests(statement: float = STATEMENT) -> dict[str, float]:
    """``DEADLINES`` for an entry of ``DATABASES`` that requests use."""
    later = statement + LATER if statement else 0.0
    return {"statement": statement, "lock": LOCK, "silence": later}


def of_jobs() -> dict[str, float]:
    """``DEADLINES`` of the way past a pooler. A migration may take long; statements behind one that waits must not."""
    return {"statement": 0.0, "lock": LOCK, "silence": 0.0}


def of_role(settings: Mapping[str, Any], *, reader: bool = False) -> dict[str, int]:
    """What a role of PostgreSQL has to be set to, in milliseconds, where a pooler lets no connection say it."""
    given = _of(settings) if settings.get("POOLER") else {}
    statement = given.get("statement", 0.0)
    if reader and statement:
        statement = min(statement, LONGEST_ON_REPLICA)
    wanted = {"statement_timeout": statement, "lock_timeout": given.get("lock", 0.0)}
    return {name: round(seconds * 1000) for name, seconds in wanted.items() if seconds}


def silence(settings: Mapping[str, Any]) -> float:
    """Seconds without an answer after which the client gives up on a server; 0 if it waits without end."""
    return 0.0 if running_command() else _of(settings).get("silence", 0.0)


def lifted(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What differs on a connection whose statements take as long as they need; empty if theirs have no deadline."""
    given = _of(settings)
    if running_command() or not (given.get("statement") or given.get("silence")):
        return {}
    return {"DEADLINES": {**given, "statement": 0.0, "silence": 0.0}}


def sent(settings: Mapping[str, Any], params: dict[str, Any], vendor: str) -> dict[str, Any]:
    """The driver's arguments for a new connection, with what the entry's deadlines add. A project's own go before them."""
    given = _of(settings)
    if not given:
        return params
    lock, statement = given.get("lock", 0.0), given.get("statement", 0.0)
    if running_command():
        statement = 0.0
    elif settings.get("REPLICA_OF") and statement:
        statement = min(statement, LONGEST_ON_REPLICA)
    pooled = bool(settings.get("POOLER"))
    if vendor == "mysql":
        return _mysql(params, statement, lock, silence(settings), pooled=pooled)
    if vendor == "postgresql" and not pooled:
        return _postgresql(params, statement, lock)
    return params


def _of(settings: Mapping[str, Any]) -> Mapping[str, float]:
    return settings.get("DEADLINES") or {}


def _postgresql(params: dict[str, Any], statement: float, lock: float) -> dict[str, Any]:
    own = str(params.get("options") or "")
    # 0 is said, too: the role's own is for its requests through a pooler.
    wanted = {"statement_timeout": statement, "lock_timeout": lock}
    words = [own] if own else []
    words += [f"-c {name}={value * 1000:.0f}" for name, value in wanted.items() if name not in own]
    return params | {"options": " ".join(words)}


def _mysql(
    params: dict[str, Any], statement: float, lock: float, silent: float, *, pooled: bool
) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if silent:
        more |= {"read_timeout": round(silent), "write_timeout": round(silent)}
    own = str(params.get("init_command") or "")
    if lock and not pooled and "_timeout" not in own:
        command = f"SET SESSION {_OF_LOCKS.format(round(lock))}"
        if statement:
            command += " " + _OF_STATEMENTS.format(statement, round(statement * 1000))
        more["init_command"] = "; ".join(filter(None, [own, command]))
    return {**more, **{k: v for k, v in params.items() if k != "init_command" or k not in more}}
