"""Private database servers for tests: started on free ports, in a folder that goes when they go.

    with workplace() as base, Postgres(base) as primary, primary.standby() as replica:
        primary.sql("create database shop")
        replica.catch_up()
        os.environ.update(primary.environment())

Nothing here needs a Python driver or a running service: only the servers' own programs.
`python -m tests.servers` (scripts/servers) does the same from a shell.
"""

from .galera import Galera
from .mariadb import MariaDB
from .mysql import MySQL
from .patroni import Patroni
from .pgbouncer import PgBouncer
from .postgres import Postgres
from .process import Server
from .programs import missing
from .tools import ServerFailed
from .workplace import workplace

__all__ = [
    "Galera",
    "MariaDB",
    "MySQL",
    "Patroni",
    "PgBouncer",
    "Postgres",
    "Server",
    "ServerFailed",
    "missing",
    "workplace",
]
