"""MariaDB: a primary, and replicas that follow it by GTID."""

import contextlib
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from . import account, programs
from .process import Server
from .tools import ServerFailed, run

# MySQL takes these as well.
COMMON_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--performance-schema=OFF",
    "--max-connections=400",
    # Small and careless, for speed. But not innodb_flush_log_at_trx_commit=0: a killed replica then
    # finds its binlog ahead of its tables, and GTID strict mode stops it for good.
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=OFF",
    "--innodb-buffer-pool-size=64M",
    "--innodb-fast-shutdown=2",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--sync-binlog=0",
    "--log-bin=bin",
    "--log-bin-trust-function-creators=1",  # an account that is not SUPER makes triggers
)
OPTIONS = (
    *COMMON_OPTIONS,
    "--open-files-limit=20000",
    "--innodb-log-file-size=32M",
    "--aria-log-file-size=8388608",
    "--binlog-format=ROW",
    "--log-slave-updates",
    "--gtid-strict-mode=1",
    "--slave-net-timeout=5",
)

# All that Django, its tests and a look at replication need. GRANT ALL would include READ ONLY
# ADMIN, and a user that has it can write on a replica.
COMMON_GRANTS = (
    "select, insert, update, delete, create, drop, alter, index, references, trigger, event, "
    "create view, show view, create routine, alter routine, execute, create temporary tables, "
    "lock tables, reload, process, show databases, create user"
)


class MariaDB(Server):
    """`sql` comes in over a socket, as whoever runs the tests; TCP asks for the password."""

    grants = f"{COMMON_GRANTS}, binlog monitor, slave monitor"

    def __init__(
        self,
        base: Path,
        name: str = "mariadb",
        *,
        primary: Self | None = None,
        options: Sequence[str] = (),
    ) -> None:
        super().__init__(base, name)
        self.primary = primary
        self.options = tuple(options)
        self.socket = self.home / "socket"
        self.temporary = account.private(self.home / "tmp")

    def standby(self, name: str = "replica") -> Self:
        """A read-only replica of this server, which must be running when it first starts."""
        self.replica = type(self)(self.base, name, primary=self, options=self.options)
        return self.replica

    def prepare(self) -> None:
        """A replica begins as the primary did, before its first GTID, so it needs no dump."""
        if self.primary:
            run("cp", "-a", self.primary.home / "newborn", self.data)
            return
        self.initialize()
        run("cp", "-a", self.data, self.home / "newborn")

    def initialize(self) -> None:
        tool = programs.mariadb("mariadb-install-db")
        run(
            tool,
            "--no-defaults",  # first on every command, or /etc/mysql is read
            f"--basedir={tool.resolve().parent.parent}",
            f"--datadir={self.data}",
            "--auth-root-authentication-method=socket",
            f"--auth-root-socket-user={account.name()}",
            "--skip-test-db",
            "--skip-name-resolve",
            "--innodb-log-file-size=32M",
            "--aria-log-file-size=8388608",
            "--innodb-flush-method=nosync",
        )

    def command(self) -> Sequence[str | Path]:
        program = programs.mariadb("mariadbd")
        # Its messages and plugins may lie elsewhere than it was built for.
        home = f"--basedir={program.resolve().parent.parent}"
        read_only = ("--read-only=1",) if self.primary else ()
        return [
            program,
            "--no-defaults",
            home,
            *self.places(),
            *OPTIONS,
            *read_only,
            *self.options,
        ]

    def places(self) -> Sequence[str]:
        return (
            f"--datadir={self.data}",
            f"--socket={self.socket}",
            f"--pid-file={self.home / 'pid'}",
            f"--tmpdir={self.temporary}",
            f"--port={self.port}",
            f"--server-id={self.port}",  # any number that no other server of the kit has
        )

    def ready(self) -> bool:
        """It sends its greeting; `mariadb-admin ping` knows no more, and costs a process."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(self.socket))
            return len(client.recv(5)) == 5
        return False

    def introduce(self) -> None:
        if not self.primary:
            self.sql(f"create user {self.user}@'%' identified by '{self.password}'")
            self.sql(f"grant {self.grants} on *.* to {self.user}@'%' with grant option")
            self.sql(f"create user replication@'127.0.0.1' identified by '{self.password}'")
            self.sql("grant replication slave on *.* to replication@'127.0.0.1'")
            return
        self.follow(self.primary)
        self.catch_up()

    def follow(self, primary: "MariaDB") -> None:
        """Start to replicate: now, and by itself after every restart."""
        self.sql(
            f"change master to master_host='127.0.0.1', master_port={primary.port}, "
            f"master_user='replication', master_password='{self.password}', "
            "master_use_gtid=slave_pos, master_connect_retry=1"
        )
        self.sql("start replica")

    def sql(self, statement: str, database: str = "") -> str:
        """Run it as administrator; the rows come back as lines, columns parted by tabs."""
        place = (f"--socket={self.socket}", f"--user={self.administrator}")
        words = ("-BN", *place, f"--database={database}", "-e", statement)
        return run(self.client, "--no-defaults", *words, drop_root=False)

    @property
    def client(self) -> Path:
        """The shell that comes with the server."""
        return programs.mariadb("mariadb")

    @property
    def administrator(self) -> str:
        """The server asks the socket who is calling: whoever runs the tests, root included."""
        return account.name()

    # Replication, on a replica.

    def pause_replay(self) -> None:
        """Keep receiving, stop applying: the replica serves yesterday's rows."""
        self.sql("stop replica sql_thread")

    def resume_replay(self) -> None:
        self.sql("start replica sql_thread")

    def stop_receiving(self) -> None:
        """Apply what has come, and get nothing more."""
        self.sql("stop replica io_thread")

    def resume_receiving(self) -> None:
        self.sql("start replica io_thread")

    def delay(self, seconds: float) -> None:
        """Apply each commit this long after it was made, in whole seconds, ±1; 0 ends it."""
        # With only the SQL thread stopped MariaDB refuses CHANGE MASTER (1198).
        self.sql(f"stop replica; change master to master_delay={round(seconds)}; start replica")

    def position(self) -> str:
        """The GTID of the last transaction that it has written (primary) or applied (replica)."""
        return self.sql(f"select @@{'gtid_slave_pos' if self.primary else 'gtid_binlog_pos'}")

    def catch_up(self) -> None:
        """Wait until this replica has applied all that its primary has written by now."""
        if not self.primary:
            raise ServerFailed(f"{self} is no replica")
        if not self.has_reached(self.primary.position()):
            raise ServerFailed(f"{self} does not catch up: {self.replication()}")

    def has_reached(self, position: str) -> bool:
        """Wait for it, for a minute at most."""
        return self.sql(f"select master_gtid_wait('{position}', 60)") == "0"

    def replication(self) -> str:
        return self.sql("show replica status")
