"""How far a primary has written, and whether a replica has got that far.

A position is the engine's own where it has one: PostgreSQL's LSN, a GTID of MariaDB or MySQL. Elsewhere
(Aurora, MySQL without GTIDs, behind RDS Proxy, whose next statement may meet another reader) it is the time
of the write. A replica is given REPLICA_MAX_LAG seconds, after which it would be left out anyway.
"""

import logging
import time
from time import monotonic
from typing import Any, NamedTuple

from django.db import Error, NotSupportedError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.conf import conf
from manydb.core.routing import facts
from manydb.patches.driver_cursors import ask_session
from manydb.replicas.position_sql import Dialect, dialect_of

logger = logging.getLogger(__name__)

TRUSTED = 1.0  # seconds for which a server's name is not looked up again
MOST_DERIVED = 20_000
LONGEST = 250  # characters; a longer set of GTIDs would burst the cookie
OLDEST = 300.0  # seconds


class Position(NamedTuple):
    """A state of a primary: what the engine calls it, or ``""``, and seconds since the epoch."""

    text: str
    taken: float

    def is_old_enough(self) -> bool:
        """Whether a replica that is not too late must have got there."""
        return self._age() > conf.REPLICA_MAX_LAG

    def is_out_of_date(self) -> bool:
        """Whether it says nothing any more, see ``lifetime``."""
        return self._age() > lifetime()

    def _age(self) -> float:
        return time.time() - self.taken


def lifetime() -> float:
    """For how many seconds a position means something: no replica that is read is later than that.

    One that a replica has not reached by then it never will, for the primary has been restored since.
    """
    return max(OLDEST, 2 * conf.REPLICA_MAX_LAG)


def position_after_commit(primary: str) -> Position:
    """Where the primary is now, which is at or after all that this thread has committed there.

    To be asked for after COMMIT: before it, the position would be short of the commit itself.
    """
    connection = connections[primary]
    uncommitted = not connection.get_autocommit()
    text = "" if uncommitted else written(connection) or ""
    return Position(text if len(text) <= LONGEST else "", time.time())


def written(primary: BaseDatabaseWrapper) -> str | None:
    """The primary's position; ``""`` if it has none, None if it can't be asked now."""
    dialect = dialect_for(primary)
    if dialect is None:
        return ""
    try:
        return ask(primary, dialect.written)
    except (NotSupportedError, ProgrammingError):
        return ""  # Aurora has the function and refuses it; others have none
    except Error as error:
        logger.warning(
            "%s does not say its position: %s", primary.alias, " ".join(str(error).split())
        )
        return None


def dialect_for(connection: BaseDatabaseWrapper) -> Dialect | None:
    """How this server says positions; None where only time can be relied on."""
    proxied = connection.settings_dict.get("POOLER") == "rds_proxy"
    if proxied or not conf.REPLICA_POSITIONS:
        return None
    return dialect_of(connection)


def ask(connection: BaseDatabaseWrapper, query: str) -> str:
    row = ask_session(connection, query)
    return "".join(str(row[0] or "").split())  # MySQL breaks long sets into lines


def has_other_replicas(primary: str) -> bool:
    """Whether a replica of this primary is another server, which may not have a write yet."""
    return any(not same_server(replica, primary) for replica in facts(primary).get("REPLICAS", ()))


def server_name(alias: str) -> str:
    """``host:port`` of where new connections go, as it was within the last second: a tenant may have moved."""
    derived: dict[str, tuple[float, str]] = getattr(connections.settings, "derived", {})
    found = derived.get(alias)
    if found is not None and monotonic() < found[0]:
        return found[1]
    recent: Any = getattr(connections.settings, "recent", connections.settings.get)
    place = recent(alias) or {}
    name = f"{place.get('HOST') or 'localhost'}:{place.get('PORT') or ''}"
    if len(derived) >= MOST_DERIVED:
        derived.clear()
    derived[alias] = monotonic() + TRUSTED, name
    return name


def same_server(replica: str, primary: str) -> bool:
    """Whether a replica is the primary itself, opened read-only, as in development and in tests."""
    return server_name(replica) == server_name(primary)
