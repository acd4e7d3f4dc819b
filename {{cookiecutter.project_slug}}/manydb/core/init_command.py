"""What ``init_command`` and ``sql_mode`` do to a session of MySQL or MariaDB, told from their text."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# What RDS Proxy knows of a session: it gives a client a server connection with the same values.
# Everything else that a session sets pins. Source: "Avoiding pinning an RDS Proxy", Aurora/RDS MySQL.
TRACKED = re.compile(
    r"autocommit|names|character_set_\w+|collation_\w+|sql_mode|time_zone|wait_timeout"
    r"|(transaction|tx)_(isolation|read_only)|interactive_timeout|net_write_timeout"
    r"|auto_increment_increment|session_track_schema|query_cache_type"
)
# The writer and the reader of one proxy differ in this, so no InitQuery could say it for both.
READ_ONLY = frozenset({"transaction_read_only", "tx_read_only"})

# MySQL 8's own modes. A sql_mode replaces them all, and each that is not named again is lost.
DEFAULT_MODES = {
    "ONLY_FULL_GROUP_BY",
    "STRICT_TRANS_TABLES",
    "NO_ZERO_IN_DATE",
    "NO_ZERO_DATE",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "NO_ENGINE_SUBSTITUTION",
}
CHECKS = frozenset({"foreign_key_checks", "unique_checks", "innodb_strict_mode"})

_STATEMENTS = re.compile(r"""(?:'[^']*'|"[^"]*"|[^;'"])+""")
_PARTS = re.compile(r"""(?:'[^']*'|"[^"]*"|\([^)]*\)|[^,'"(])+""")
_ASSIGNMENT = re.compile(
    r"(?:@@)?(?:(?:session|local)(?:\.|\s+))?(?P<name>@?\w+)\s*:?=\s*(?P<value>.+)",
    re.IGNORECASE | re.DOTALL,
)


def session_state(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each variable that a new connection sets, in lower case, and its value.

    The name is ``""`` for what is no session variable: ``SET GLOBAL``, LOCK TABLES, a function call.
    """
    if options.get("sql_mode") is not None:
        yield "sql_mode", str(options["sql_mode"])
    for statement in _STATEMENTS.findall(str(options.get("init_command") or "")):
        verb, _, rest = statement.strip().partition(" ")
        if verb.upper() == "SET":
            yield from _set(rest.strip())
        elif verb:
            yield "", statement


def _set(rest: str) -> Iterator[tuple[str, str]]:
    words = rest.upper().split()
    if words[:2] in (["SESSION", "TRANSACTION"], ["LOCAL", "TRANSACTION"]):
        for part in " ".join(words[2:]).split(","):
            isolation = "ISOLATION" in part
            yield ("transaction_isolation" if isolation else "transaction_read_only"), part.strip()
    elif words[:1] in (["NAMES"], ["CHARSET"], ["CHARACTER"]):
        yield "names", rest
    else:
        for part in _PARTS.findall(rest):
            found = _ASSIGNMENT.fullmatch(part.strip())
            yield (found["name"].lower(), found["value"]) if found else ("", part)


def pins(options: Mapping[str, Any]) -> bool:
    """Whether RDS Proxy would keep a server connection for this client alone."""
    return any(not TRACKED.fullmatch(name) for name, _ in session_state(options))


def splits(options: Mapping[str, Any]) -> bool:
    """Whether RDS Proxy would share server connections only among clients that say the same."""
    return any(
        TRACKED.fullmatch(name) and name not in READ_ONLY for name, _ in session_state(options)
    )


def weakens(options: Mapping[str, Any]) -> bool:
    """Whether the server would take what it refuses by default."""
    return any(
        _drops_modes(value) if name == "sql_mode" else name in CHECKS and _is_off(value)
        for name, value in session_state(options)
    )


def _drops_modes(value: str) -> bool:
    # @@sql_mode adds to what is there, and TRADITIONAL is a name for all that make it strict.
    modes = set(re.findall(r"@@|\w+", value.upper()))
    return not (modes & {"@@", "DEFAULT", "TRADITIONAL"} or modes >= DEFAULT_MODES)


def _is_off(value: str) -> bool:
    return value.strip(" '\"").upper() in {"0", "OFF", "FALSE"}
