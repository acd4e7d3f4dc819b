"""PgBouncer in transaction mode, in front of a PostgreSQL of this kit."""

import contextlib
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from . import account, programs
from .postgres import Postgres
from .process import Server
from .tools import ServerFailed, run

SETTINGS = {
    "listen_addr": "127.0.0.1",
    "pool_mode": "transaction",
    "admin_users": "postgres",
    "auth_type": "hba",
    "max_client_conn": "500",
    "default_pool_size": "5",
    # The only limit that holds for all databases behind `*` together: it evicts idle connections.
    "max_user_connections": "50",
    # No client waits 15 s for a database that is unknown, nor 120 s for a server that is down.
    "server_login_retry": "1",
    "query_wait_timeout": "5",
    "ignore_startup_parameters": "extra_float_digits",
}

# The same as the server behind it: a password (SCRAM) over TCP, none in a folder closed to others.
HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


class PgBouncer(Server):
    """`settings` go over SETTINGS, for tests of what a setting does."""

    # At once, in every release: until 1.22 SIGTERM is that, and from 1.23 on it waits for clients
    # to go, while SIGQUIT, which is that since, dumped core before. There is nothing to tidy up.
    stop_signal = signal.SIGKILL

    def __init__(
        self,
        base: Path,
        server: Postgres,
        name: str = "pgbouncer",
        *,
        settings: dict[str, str] | None = None,
    ) -> None:
        super().__init__(base, name)
        self.direct = server
        self.server = server
        self.settings = settings or {}

    def standby(self, name: str = "pgbouncer-reader") -> Self:
        """Another one in front of the standby: one pool can't tell a read from a write."""
        if self.server.replica is None:
            raise ServerFailed(f"{self.server} has no standby yet")
        self.replica = type(self)(self.base, self.server.replica, name, settings=self.settings)
        return self.replica

    def prepare(self) -> None:
        account.private(self.data)
        password = self.password.replace('"', '""')
        self._write("users.txt", f'"{self.user}" "{password}"\n"postgres" ""\n')
        self._write("hba.conf", HBA)

    def command(self) -> Sequence[str | Path]:
        """Written at every start, so that a test may change `settings` in between."""
        places = {
            "listen_port": str(self.port),
            "unix_socket_dir": str(self.home),
            "auth_file": str(self.data / "users.txt"),
            "auth_hba_file": str(self.data / "hba.conf"),
        }
        lines = [f"{key} = {value}" for key, value in (SETTINGS | places | self.settings).items()]
        databases = f"* = host={self.server.host} port={self.server.port}"
        ini = "\n".join(["[databases]", databases, "[pgbouncer]", *lines, ""])
        return [programs.pgbouncer(), self._write("pgbouncer.ini", ini)]

    def ready(self) -> bool:
        with contextlib.suppress(OSError), socket.socket() as client:
            client.connect((self.host, self.port))
            return True
        return False

    def sql(self, statement: str, database: str = "pgbouncer") -> str:
        """Ask the admin console (`show pools`), or another database as the app's user."""
        user = "postgres" if database == "pgbouncer" else self.user
        place = ("-h", self.home, "-p", str(self.port), "-U", user, "-d", database)
        psql = programs.postgresql("psql")
        return run(psql, *place, "-X", "-A", "-t", "-q", "-c", statement, drop_root=False)

    def _write(self, name: str, text: str) -> Path:
        path = account.private(self.data) / name
        path.touch(mode=0o600)
        path.write_text(text)
        account.hand_over(path)
        return path
