"""PostgreSQL: a primary, and hot standbys that stream from it."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from . import programs
from .process import Server
from .tools import ServerFailed, run

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # Nothing here has to survive a power cut, and a killed process loses nothing by these two.
    # synchronous_commit stays on all the same: without it WAL is only flushed every 200 ms, and
    # that is when a standby gets to see a commit (0.3 ms otherwise).
    "fsync": "off",
    "full_page_writes": "off",
    # The default, POSIX shared memory, leaves files in /dev/shm whenever a server is killed.
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "64MB",
    "max_connections": "400",
    "autovacuum": "off",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "hot_standby": "on",
    # A paused standby must find its WAL again, also after a hundred CREATE DATABASE (7 MB each).
    "wal_keep_size": "1GB",
    "wal_retrieve_retry_interval": "100ms",  # after the primary was away; 5 s otherwise
}


class Postgres(Server):
    """`sql` comes in over a socket in a folder closed to others; TCP asks for the password."""

    stop_signal = signal.SIGINT  # a fast shutdown: it does not wait for clients

    def __init__(
        self,
        base: Path,
        name: str = "postgres",
        *,
        primary: Self | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        super().__init__(base, name)
        self.primary = primary
        self.settings = {**SETTINGS, **(settings or {})}

    def standby(self, name: str = "standby") -> Self:
        """A hot standby of this server, which must be running when it first starts."""
        self.replica = type(self)(self.base, name, primary=self, settings=self.settings)
        return self.replica

    def prepare(self) -> None:
        if self.primary:
            source = ("-h", self.primary.home, "-p", str(self.primary.port), "-U", "postgres")
            # -R writes where to stream from; -c fast does not wait for the next checkpoint.
            options = ("-X", "stream", "-c", "fast", "-R", "--no-sync")
            run(programs.postgresql("pg_basebackup"), *source, "-D", self.data, *options)
            return
        locale = ("--encoding=UTF8", f"--locale={_locale()}")
        trust = ("--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256")
        tool = programs.postgresql("initdb")
        run(tool, "-D", self.data, *trust, *locale, "--no-sync", "--no-instructions")

    def command(self) -> Sequence[str | Path]:
        settings = [word for item in self.settings.items() for word in ("-c", "=".join(item))]
        place = ("-D", self.data, "-k", self.home, "-p", str(self.port))
        return [programs.postgresql("postgres"), *place, *settings]

    def ready(self) -> bool:
        """The 8th line of postmaster.pid says so, and the 1st that it is not an older server's."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() in _READY

    def introduce(self) -> None:
        """As a hosted database's user: databases of its own, and a look at replication."""
        if not self.primary:
            password = self.password.replace("'", "''")
            # CREATEROLE: restore_tenant makes a role that may fill one database.
            self.sql(f"create role {self.user} login createdb createrole password '{password}'")
            # For OPTIONS["assume_role"]: it owns what is made, and the login is a member.
            self.sql(f"create role {self.user}_owner createdb createrole role {self.user}")
            self.sql(f"grant pg_monitor to {self.user}")

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run it as superuser; the rows come back as lines, columns parted by `|`."""
        place = ("-h", self.home, "-p", str(self.port), "-U", "postgres", "-d", database)
        options = ("-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1")
        # The socket's folder is closed to all but its owner and root, so root stays root.
        psql = programs.postgresql("psql")
        return run(psql, *place, *options, "-c", statement, drop_root=False)

    # Replication, on a standby.

    def pause_replay(self) -> None:
        """Keep receiving, stop applying: the standby serves yesterday's rows."""
        self.sql("select pg_wal_replay_pause()")
        self.wait_until(lambda: self.sql(_PAUSE_STATE) == "paused", "paused")

    def resume_replay(self) -> None:
        self.sql("select pg_wal_replay_resume()")

    def stop_receiving(self) -> None:
        """Apply what has come, and get nothing more."""
        self._source = self.sql("show primary_conninfo")
        self.sql("alter system set primary_conninfo = ''")
        self.sql("select pg_reload_conf()")
        self.wait_until(lambda: self.sql(_RECEIVERS) == "0", "cut off")

    def resume_receiving(self) -> None:
        source = self._source.replace("'", "''")
        self.sql(f"alter system set primary_conninfo = '{source}'")
        self.sql("select pg_reload_conf()")

    def delay(self, seconds: float) -> None:
        """Apply each commit this long after it was made; 0 ends it."""
        milliseconds = str(round(seconds * 1000))
        self.sql(f"alter system set recovery_min_apply_delay = '{milliseconds}ms'")
        self.sql("select pg_reload_conf()")
        self.wait_until(lambda: self.sql(_DELAY) == milliseconds, "delayed")

    def position(self) -> str:
        """The end of the WAL that this server has written (primary) or applied (standby)."""
        standby = self.primary is not None
        return self.sql(f"select {'pg_last_wal_replay_lsn' if standby else 'pg_current_wal_lsn'}()")

    def catch_up(self) -> None:
        """Wait until this standby has applied all that its primary has written by now."""
        if not self.primary:
            raise ServerFailed(f"{self} is no standby")
        behind = f"select pg_last_wal_replay_lsn() >= '{self.primary.position()}'"
        self.wait_until(lambda: self.sql(behind) == "t", "up to date")


_READY = ("ready", "standby")
_RECEIVERS = "select count(*) from pg_stat_wal_receiver"
_PAUSE_STATE = "select pg_get_wal_replay_pause_state()"
_DELAY = "select setting from pg_settings where name = 'recovery_min_apply_delay'"


def _locale() -> str:
    """Upper and lower case beyond ASCII, without a language; macOS lacks the name."""
    return "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
