"""Whether a MariaDB is a node of a Galera cluster, and how late it is."""

import math

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.patches.driver_cursors import ask_session

# MariaDB without Galera has the variable, too, and one that was built without it has none. Any account may ask.
_ASK = "SHOW GLOBAL VARIABLES LIKE 'wsrep_on'"
_STATE = (
    "SELECT variable_name, variable_value FROM information_schema.global_status "
    "WHERE variable_name IN ('WSREP_READY', 'WSREP_LOCAL_STATE')"
)
_SYNCED = "4"

_known: dict[tuple[str, str], bool] = {}  # by host and port: a server is one or the other


def is_galera(connection: BaseDatabaseWrapper) -> bool:
    """Whether this MariaDB is a node; asked once for each address."""
    place = str(connection.settings_dict["HOST"]), str(connection.settings_dict["PORT"])
    if (known := _known.get(place)) is None:
        row = ask_session(connection, _ASK)
        known = _known[place] = bool(row) and row[1] == "ON"
    return known


def lag_of_node(connection: BaseDatabaseWrapper) -> float | None:
    """0 while the node is synced with its cluster, infinite while it is not ready, None while it catches up."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        said = {name.upper(): value for name, value in cursor.fetchall()}
    if said.get("WSREP_READY") != "ON":
        return math.inf
    return 0.0 if said.get("WSREP_LOCAL_STATE") == _SYNCED else None
