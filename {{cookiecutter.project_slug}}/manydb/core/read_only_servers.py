"""How a server says that it takes no writes: a standby, a primary that was demoted, a reader of Aurora.

Any account may ask. Sources: PostgreSQL, "Recovery Information Functions"; MySQL, "Server System Variables".
"""

# By the connection's vendor; SQLite has no server.
TAKES_NO_WRITES = {
    "postgresql": "SELECT pg_is_in_recovery()",
    "mysql": "SELECT @@global.read_only OR @@innodb_read_only",
}
