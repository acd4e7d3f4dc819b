"""MySQL (Oracle's), where tests ask for MariaDB: the same life, other words for replication.

`TEST_MYSQL=mysql` makes the fixtures `mariadb` and `mariadb_replica` start this one.
"""

from collections.abc import Sequence
from pathlib import Path

from . import programs
from .mariadb import MariaDB
from .tools import run

OPTIONS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--performance-schema=OFF",
    "--max-connections=400",
    "--mysqlx=OFF",  # a second port, the same for all
    "--secure-file-priv=NULL",
    # Small and careless, as MariaDB's.
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=OFF",
    "--innodb-buffer-pool-size=64M",
    "--innodb-redo-log-capacity=32M",
    "--innodb-fast-shutdown=2",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--sync-binlog=0",
    "--log-bin=bin",
    "--gtid-mode=ON",
    "--enforce-gtid-consistency=ON",
    "--replica-net-timeout=5",
)

# As MariaDB's, where BINLOG MONITOR and SLAVE MONITOR are parts of this REPLICATION CLIENT.
GRANTS = (
    "select, insert, update, delete, create, drop, alter, index, references, trigger, event, "
    "create view, show view, create routine, alter routine, execute, create temporary tables, "
    "lock tables, reload, process, show databases, replication client"
)


class MySQL(MariaDB):
    """The socket's folder is closed to others, so root needs no password there; TCP asks for it."""

    grants = GRANTS
    administrator = "root"

    @property
    def client(self) -> Path:
        return programs.mysql("mysql")

    def initialize(self) -> None:
        run(*self.program(), "--initialize-insecure", f"--datadir={self.data}")
        # The server's own number, which it makes when it starts: a copy must not have the same.
        (self.data / "auto.cnf").unlink(missing_ok=True)

    def command(self) -> Sequence[str | Path]:
        # read_only alone does not stop whoever may do anything.
        read_only = ("--super-read-only=1",) if self.primary else ()
        return [*self.program(), *self.places(), *OPTIONS, *read_only, *self.options]

    def program(self) -> Sequence[str | Path]:
        """Told where its messages and plugins are: they may lie elsewhere than it was built for."""
        program = programs.mysql("mysqld")
        home = program.resolve().parent.parent
        places = (
            f"--basedir={home}",
            f"--lc-messages-dir={home / 'share' / 'mysql'}",
            f"--character-sets-dir={home / 'share' / 'mysql' / 'charsets'}",
            f"--plugin-dir={home / 'lib' / 'mysql' / 'plugin'}",
        )
        return [program, "--no-defaults", *places]

    def follow(self, primary: MariaDB) -> None:
        self.sql(
            f"change replication source to source_host='127.0.0.1', source_port={primary.port}, "
            f"source_user='replication', source_password='{self.password}', "
            "source_auto_position=1, source_connect_retry=1, source_retry_count=0, "
            "get_source_public_key=1"  # which encrypts the password, where TLS does not
        )
        self.sql("start replica")

    # Replication, on a replica, where it is said otherwise.

    def delay(self, seconds: float) -> None:
        delay = f"change replication source to source_delay={round(seconds)}"
        self.sql(f"stop replica; {delay}; start replica")

    def position(self) -> str:
        """The GTIDs of all transactions that it has written (primary) or applied (replica)."""
        return self.sql("select @@global.gtid_executed")

    def has_reached(self, position: str) -> bool:
        return self.sql(f"select wait_for_executed_gtid_set('{position}', 60)") == "0"
