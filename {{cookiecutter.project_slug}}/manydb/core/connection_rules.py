"""What makes a setting of a connection wrong: the rules that ``connection_checks`` reports."""

from collections.abc import Callable
from dataclasses import dataclass

from manydb.core import driver_options, init_command
from manydb.core.connection_ways import Way
from manydb.core.placement import shared_alias


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    broken_by: Callable[[Way], object]
    text: str
    hint: str
    # The keys that it is about, for a rule that is about any of many; "{what}" in the texts.
    what: Callable[[Way], list[str]] | None = None


_PAST = 'a job that needs it goes past the pooler, with past_the_pooler("<alias>")'

RULES = [
    Rule(
        "E101",
        lambda way: way.pooler and way.options.get("options"),
        'OPTIONS["options"] is refused by {pooler}, or dropped without a word.',
        f"Give the setting to the role: ALTER ROLE app SET statement_timeout = '30s'; {_PAST}.",
    ),
    Rule(
        "E102",
        lambda way: way.through("pgbouncer", "assume_role"),
        'OPTIONS["assume_role"] stays on the server connection, and the next client of {pooler} '
        "runs as that role.",
        "Log in as the role that owns the tables (DATABASE_USER), or grant it to the login, "
        "which inherits its rights.",
    ),
    Rule(
        "W102",
        lambda way: way.through("rds_proxy", "assume_role"),
        'OPTIONS["assume_role"] sends SET ROLE, which pins the connection: {pooler} pools nothing.',
        "Put SET ROLE into the proxy's InitQuery (deploy/rds_proxy/proxy.yaml).",
    ),
    Rule(
        "E103",
        lambda way: way.has_cursors("pgbouncer"),
        "Server-side cursors are on, and each FETCH of .iterator() may come to another server "
        "connection of {pooler}, which has no such cursor.",
        f'Set "DISABLE_SERVER_SIDE_CURSORS": True; {_PAST}.',
    ),
    Rule(
        "W103",
        lambda way: way.has_cursors("rds_proxy"),
        "Server-side cursors are on, and the DECLARE CURSOR of .iterator() pins the connection: "
        "{pooler} pools nothing.",
        f'Set "DISABLE_SERVER_SIDE_CURSORS": True; {_PAST}.',
    ),
    Rule(
        "E104",
        lambda way: way.options.get("init_command") and way.postgresql,
        'OPTIONS["init_command"] is MySQL\'s: PostgreSQL has no such option and does not connect.',
        "Give the setting to the role: ALTER ROLE app SET statement_timeout = '30s'.",
    ),
    Rule(
        "W104",
        lambda way: way.pooler == "rds_proxy" and init_command.pins(way.options),
        'OPTIONS["init_command"] sets session state that {pooler} can\'t track: it pins every '
        "connection, and pools nothing.",
        "Set it on the server (parameter group) or in the proxy's InitQuery "
        f"(deploy/rds_proxy/proxy.yaml); {_PAST}.",
    ),
    Rule(
        "W105",
        lambda way: way.pooler == "rds_proxy" and init_command.splits(way.options),
        'OPTIONS["init_command"] or ["sql_mode"] sets session state, and {pooler} shares server '
        "connections only among clients that set the same.",
        "Set it on the server (parameter group) or in the proxy's InitQuery "
        "(deploy/rds_proxy/proxy.yaml).",
    ),
    Rule(
        "E106",
        lambda way: way.options.get("pool") and way.kept,
        'OPTIONS["pool"] and CONN_MAX_AGE: Django does not keep a connection that a pool gave it, '
        "and refuses to connect.",
        "Set CONN_MAX_AGE to 0, or leave the pool out.",
    ),
    Rule(
        "W106",
        lambda way: way.pooler and way.options.get("pool"),
        'OPTIONS["pool"] in front of {pooler} is a second pool: each process holds connections and '
        "threads for every alias it used, and gains nothing.",
        "Leave it out and set CONN_MAX_AGE: a kept connection holds none of the server's.",
    ),
    Rule(
        "W107",
        lambda way: way.pooler and way.prepares(),
        'OPTIONS["server_side_binding"] and ["prepare_threshold"] prepare statements: PgBouncer '
        "before 1.21 runs them on connections that don't have them, RDS Proxy may pin.",
        "Leave both out. If your PgBouncer is newer, with max_prepared_statements above 0 and "
        "libpq 17 or newer, silence this.",
    ),
    Rule(
        "W108",
        lambda way: way.kept and not way.settings.get("CONN_HEALTH_CHECKS"),
        "CONN_MAX_AGE keeps connections that are not checked: after a restart of the server the "
        "first request of every thread fails.",
        'Set "CONN_HEALTH_CHECKS": True.',
    ),
    Rule(
        "W109",
        # A request begins one on the active tenant's primary alone.
        lambda way: (
            way.name != shared_alias()
            and way.settings.get("ATOMIC_REQUESTS")
            and not way.settings.get("TENANT")
        ),
        "ATOMIC_REQUESTS begins a transaction here for every request, also one that never uses "
        "this database.",
        'Leave it out, and use transaction.atomic(using="<alias>") where work is done.',
    ),
    Rule(
        "W110",
        lambda way: not way.postgresql and init_command.weakens(way.options),
        'OPTIONS["sql_mode"] or ["init_command"] takes away what makes the server strict: it '
        "truncates or takes bad data without an error.",
        "Leave it out, for the server's own modes are strict; to add one, "
        "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES').",
    ),
    Rule(
        "W111",
        lambda way: way.pooler == "rds_proxy" and way.postgresql and way.has_a_time_zone,
        "TIME_ZONE differs from PGTZ, so each connection calls set_config, which pins it: {pooler} "
        "pools nothing.",
        "Leave it out: Django converts times itself, from UTC.",
    ),
    Rule(
        "E112",
        lambda way: way.unknown_options,
        "OPTIONS has {what}, which the driver does not take: it does not connect.",
        "Take it out, or write it as the driver's documentation does.",
        lambda way: way.unknown_options,
    ),
    Rule(
        "E113",
        lambda way: way.has_a_bad_level,
        'OPTIONS["isolation_level"] is not a level of this driver: it does not connect.',
        "On PostgreSQL import IsolationLevel from django.db.backends.postgresql.psycopg_any and write "
        'IsolationLevel.SERIALIZABLE; on MySQL write "serializable"; on SQLite leave it out.',
    ),
    Rule(
        "E114",
        lambda way: way.has_a_bad_mode,
        'OPTIONS["transaction_mode"] is not a mode of SQLite: it does not connect.',
        'Write "IMMEDIATE", "DEFERRED" or "EXCLUSIVE".',
    ),
    Rule(
        "E115",
        lambda way: way.bad_in_pool,
        'OPTIONS["pool"] is {what}: it does not connect.',
        'Write "pool": True, or a dict with arguments of psycopg_pool.ConnectionPool, such as '
        '{"min_size": 2, "max_size": 4}.',
        lambda way: way.bad_in_pool,
    ),
    Rule(
        "E116",
        lambda way: way.postgresql and way.options.get("pool") and driver_options.lacks_pool(),
        'OPTIONS["pool"] needs the package psycopg_pool, which is not installed here.',
        "Run python -m pip install 'psycopg[binary,pool]'.",
    ),
    Rule(
        "E117",
        lambda way: way.settings.get("AUTOCOMMIT", True) is False,
        "AUTOCOMMIT is off: each statement begins a transaction that nothing ends. Locks of commands, reads on "
        "replicas and connections that are shared need it.",
        "Leave it out, and use transaction.atomic() where statements belong together.",
    ),
    Rule(
        "E118",
        lambda way: way.has_a_bad_time_zone,
        "TIME_ZONE is not a time zone, or USE_TZ is off: Django refuses to connect.",
        'Write a name such as "Europe/Berlin" and USE_TZ = True, or leave it out.',
    ),
    Rule(
        "E119",
        lambda way: way.postgresql and way.is_kept_by_manydb and way.options.get("pool"),
        'OPTIONS["pool"] on a tenant\'s database: Django keeps that pool by the alias, and it would lead to where '
        "the tenant was.",
        "Leave it out of tenants' entries: manydb shares their connections itself, within TENANT_CONNECTIONS.",
    ),
    Rule(
        "E120",
        lambda way: way.unknown_in_test,
        "TEST has {what}, which this engine does not take.",
        "Take it out. Every engine takes NAME, MIRROR, MIGRATE and DEPENDENCIES; PostgreSQL CHARSET and TEMPLATE; "
        "MySQL CHARSET and COLLATION.",
        lambda way: way.unknown_in_test,
    ),
    Rule(
        "E121",
        lambda way: way.misplaced_options,
        "OPTIONS has {what}, which goes before the entry's own key: queries and commands would use two places.",
        "Use the entry's key instead: NAME, HOST, PORT, USER or PASSWORD.",
        lambda way: way.misplaced_options,
    ),
    Rule(
        "E122",
        lambda way: way.options.get("service") and not way.settings.get("NAME"),
        'OPTIONS["service"] without NAME: commands that create, dump or migrate a database need its name.',
        "Write the database's name as NAME too; host, port and user may stay in the service.",
    ),
]
