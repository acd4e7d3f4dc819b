"""MySQL (Oracle's), where tests ask for MariaDB: the same life, other words for replication.

`TEST_MYSQL=mysql` makes the fixtures `mariadb` and `mariadb_replica` start this one.
"""

from collections.abc import Sequence
from pathlib import Path

from . import programs
from .mariadb import COMMON_GRANTS, COMMON_OPTIONS, MariaDB
from .tools import run

OPTIONS = (
    *COMMON_OPTIONS,
    "--mysqlx=OFF",  # a second port, the same for all
    "--secure-file-priv=NULL",
    "--innodb-redo-log-capacity=32M",
    "--gtid-mode=ON",
    "--enforce-gtid-consistency=ON",
    "--replica-net-timeout=5",
)


class MySQL(MariaDB):
    """The socket's folder is closed to others, so root needs no password there; TCP asks for it."""

    grants = f"{COMMON_GRANTS}, replication client"  # which is both of MariaDB's
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
