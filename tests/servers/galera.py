"""Galera: nodes of MariaDB that each have all, and give all writes one order."""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from . import programs
from .mariadb import MariaDB
from .ports import free_port
from .tools import ServerFailed, run

# A node begins as a copy of the first one, and gets what has come since over Galera's own channel. The server wants a
# script for the copying all the same: it says where the copy stands.
STATE_TRANSFER = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
        --role) role=$2 ;;
        --datadir) data=$2 ;;
        --gtid) gtid=$2 ;;
    esac
    shift
done
if [ "$role" = donor ]; then
    echo "done $gtid"
else
    echo "ready kit"
    cat "$data/copied"
fi
"""


class Galera(MariaDB):
    """A node. The first one makes the cluster, and goes on alone when it loses another."""

    def __init__(self, base: Path, name: str = "galera", *, first: Self | None = None) -> None:
        super().__init__(base, name)
        self.first = first
        self.group, self.transfer = free_port(), free_port()
        self.scripts = self.home / "scripts"

    def node(self, name: str = "galera-2") -> Self:
        """Another node of this cluster, not started. This one stops for the copy."""
        other = self.replica = type(self)(self.base, name, first=self)
        self.stop()
        run("cp", "-a", self.data, other.data)
        state = dict(
            line.split(":", 1)
            for line in (self.data / "grastate.dat").read_text().splitlines()
            if ":" in line
        )
        (other.data / "copied").write_text(f"{state['uuid'].strip()}:{state['seqno'].strip()}\n")
        self.start()
        return other

    def command(self) -> Sequence[str | Path]:
        address = f"127.0.0.1:{self.group}"
        here = f"127.0.0.1:{self.transfer}"
        provider = {
            "gmcast.listen_addr": f"tcp://{address}",
            "ist.recv_addr": here,
            "ist.recv_bind": here,
            "gcache.size": "32M",
            # Of two nodes that part, the first goes on.
            "pc.weight": "1" if self.first else "2",
        }
        return [
            *super().command(),
            "--wsrep-on=ON",
            f"--wsrep-provider={programs.galera()}",
            "--wsrep-cluster-name=kit",
            f"--wsrep-cluster-address=gcomm://{f'127.0.0.1:{self.first.group}' if self.first else ''}",
            f"--wsrep-node-name={self.name}",
            f"--wsrep-node-address={address}",
            "--wsrep-sst-method=kit",
            "--innodb-autoinc-lock-mode=2",
            "--wsrep-provider-options=" + ";".join(f"{k}={v}" for k, v in provider.items()),
        ]

    def environ(self) -> dict[str, str]:
        self.scripts.mkdir(exist_ok=True)
        script = self.scripts / "wsrep_sst_kit"
        script.write_text(STATE_TRANSFER)
        script.chmod(0o755)
        self.scripts.chmod(0o755)
        inherited = super().environ()
        return inherited | {"PATH": f"{self.scripts}:{inherited['PATH']}"}

    def introduce(self) -> None:
        if not self.first:
            super().introduce()

    def ready(self) -> bool:
        with contextlib.suppress(ServerFailed):
            return super().ready() and self.state() == "Synced"
        return False

    def state(self) -> str:
        """What the node is to its cluster."""
        said = self.sql("show global status like 'wsrep_local_state_comment'")
        return said.partition("\t")[2]

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """It receives, and applies nothing, while the block lasts; the others do not wait for it."""
        words = (
            "--no-defaults",
            f"--socket={self.socket}",
            f"--user={self.administrator}",
            "-BN",
            "-n",
        )
        session = subprocess.Popen(
            [self.client, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert session.stdin and session.stdout
        session.stdin.write(
            "set global wsrep_desync = on; flush tables with read lock; select 1;\n"
        )
        session.stdin.flush()
        assert session.stdout.readline() == "1\n"
        try:
            yield
        finally:
            session.communicate("unlock tables; set global wsrep_desync = off;\n")
            self.wait_until(self.ready, "synced")

    @contextlib.contextmanager
    def cut_off(self) -> Iterator[None]:
        """It sees no other node while the block lasts, and is not ready."""
        isolate = "set global wsrep_provider_options = 'gmcast.isolate={}'"
        self.sql(isolate.format(1))
        self.wait_until(lambda: not self.ready(), "cut off")
        try:
            yield
        finally:
            self.sql(isolate.format(0))
            self.wait_until(self.ready, "ready")

    def catch_up(self) -> None:
        """Wait until this node has applied all that the cluster has by now."""
        self.sql("set session wsrep_sync_wait = 1; select count(*) from mysql.user")
