"""Patroni: three PostgreSQL that choose their primary by etcd, behind an HAProxy that asks each what it is.

Of a run that was killed PostgreSQL goes on, because Patroni starts it apart from itself. It ends within a minute after
its folder is gone, which the next run removes.
"""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from . import programs
from .account import hand_over
from .ports import free_port
from .postgres import SETTINGS, Postgres
from .process import Server

# Seconds. A lost primary is noticed after ttl, of which Patroni takes no less.
PACE = {"ttl": 20, "loop_wait": 5, "retry_timeout": 5}
POOL = """
listen {name}
    bind 127.0.0.1:{port}
    option httpchk OPTIONS /{role}
    http-check expect status 200
    default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
"""


class Program(Server):
    """One that keeps nothing which a later start needs."""

    def __init__(
        self, base: Path, name: str, words: Sequence[str | Path], ready: Callable[[], bool]
    ) -> None:
        super().__init__(base, name)
        self.words, self.is_ready = words, ready

    def command(self) -> Sequence[str | Path]:
        return self.words

    def ready(self) -> bool:
        return self.is_ready()


class Node(Postgres):
    """PostgreSQL and the Patroni that starts it, as one machine that can be lost."""

    def __init__(self, base: Path, name: str, etcd: int, synchronous: bool) -> None:
        super().__init__(base, name)
        self.etcd, self.synchronous = etcd, synchronous
        self.rest = free_port()

    def prepare(self) -> None:
        place = f"127.0.0.1:{self.port}"
        content = {
            "scope": "kit",
            "name": self.name,
            "restapi": {
                "listen": f"127.0.0.1:{self.rest}",
                "connect_address": f"127.0.0.1:{self.rest}",
            },
            "etcd3": {"hosts": f"127.0.0.1:{self.etcd}"},
            "bootstrap": {
                "dcs": {
                    **PACE,
                    "synchronous_mode": self.synchronous,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "use_slots": True,
                        "parameters": {
                            **{k: v for k, v in SETTINGS.items() if k != "listen_addresses"},
                            "full_page_writes": "on",
                            "wal_log_hints": "on",
                        },
                    },
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "no-sync"],
            },
            "postgresql": {
                "listen": place,
                "connect_address": place,
                "data_dir": str(self.data),
                "bin_dir": str(programs.postgresql("postgres").parent),
                "pgpass": str(self.home / "pgpass"),
                "authentication": {
                    "superuser": {"username": "postgres", "password": "super"},
                    "replication": {"username": "replicator", "password": "replicator"},
                },
                "parameters": {"unix_socket_directories": str(self.home)},
                "pg_hba": [
                    "local all all trust",
                    "host replication replicator 127.0.0.0/8 scram-sha-256",
                    "host all all 127.0.0.0/8 scram-sha-256",
                ],
            },
        }
        self.file.write_text(json.dumps(content))  # which is YAML, too
        hand_over(self.file)

    @property
    def file(self) -> Path:
        return self.home / "patroni.yml"

    def command(self) -> Sequence[str | Path]:
        return [programs.patroni("patroni"), self.file]

    def introduce(self) -> None:
        if self.role() == "primary":
            super().introduce()

    def status(self) -> dict[str, Any]:
        """What Patroni says of the node; nothing if it does not answer."""
        with suppress(OSError, ValueError):
            return dict(json.loads(_asked(f"http://127.0.0.1:{self.rest}/patroni")))
        return {}

    def role(self) -> str:
        said = self.status()
        if said.get("state") not in ("running", "streaming"):
            return ""
        return "primary" if said.get("role") in ("primary", "master") else "replica"

    def ready(self) -> bool:
        return bool(self.role())

    def kill(self) -> None:
        """Ends all its processes at once, as a power cut does. PostgreSQL is no child of Patroni."""
        if self.pid is None:
            return
        several = [str(self.pid)]
        with suppress(OSError):
            several.append((self.data / "postmaster.pid").read_text().split()[0])
        for pid in dict.fromkeys([*several, *(each for one in several for each in _below(one))]):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        super().kill()

    def stop(self) -> None:
        self.kill()  # its data go with it


def _below(pid: str) -> list[str]:
    """The processes that this one has started, and those that they have."""
    found = subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True).stdout.split()
    return [*found, *(each for child in found for each in _below(child))]


def _asked(address: str, data: dict[str, Any] | None = None) -> bytes:
    """The answer of Patroni, whatever its status says."""
    body = json.dumps(data).encode() if data is not None else None
    try:
        with urllib.request.urlopen(address, data=body, timeout=30) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


class Patroni:
    """The cluster. ``host`` and ``port`` lead to the primary, wherever it is; each node has a reader's address."""

    host, user, password = Postgres.host, Postgres.user, Postgres.password
    direct = None

    def __init__(self, base: Path, *, synchronous: bool = False) -> None:
        self.base, self.synchronous = base, synchronous
        self.etcd = free_port()
        self.nodes = [
            Node(base, f"patroni-{number}", self.etcd, synchronous) for number in range(3)
        ]
        self.port, self.readers = free_port(), [free_port() for _ in self.nodes]

    def __enter__(self) -> Self:
        with ExitStack() as running:
            running.enter_context(self._etcd())
            for node in self.nodes:
                running.enter_context(node)
            running.enter_context(self._haproxy())
            self.nodes[0].wait_until(self.is_whole, "one of three that stream")
            self._running = running.pop_all()
        return self

    def __exit__(self, *failure: object) -> None:
        self._running.close()

    def is_whole(self) -> bool:
        """One leads and two stream; in synchronous mode, one of them may take over without loss."""
        roles = sorted(node.role() for node in self.nodes)
        if roles != ["primary", "replica", "replica"]:
            return False
        return not self.synchronous or any(n.status().get("sync_standby") for n in self.nodes)

    @property
    def primary(self) -> Node:
        return next(node for node in self.nodes if node.role() == "primary")

    def switchover(self) -> None:
        """A planned change of the primary."""
        primary = self.primary
        other = next(node for node in self.nodes if node.role() == "replica")
        address = f"http://127.0.0.1:{primary.rest}/switchover"
        said = _asked(address, {"leader": primary.name, "candidate": other.name})
        assert b"uccessfully switched over" in said, said

    def lose_the_primary(self) -> None:
        self.primary.kill()

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_USER": self.user,
            "DATABASE_PASSWORD": self.password,
            "DATABASE_HOST": self.host,
            "DATABASE_PORT": str(self.port),
            "DATABASE_READER_HOST": ",".join(f"{self.host}:{port}" for port in self.readers),
        }

    def _etcd(self) -> Program:
        client, peer = f"http://127.0.0.1:{self.etcd}", f"http://127.0.0.1:{free_port()}"
        folder = hand_over_new(self.base / "etcd-data")
        words: list[str | Path] = [
            programs.patroni("etcd"),
            "--name=kit",
            f"--data-dir={folder}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=kit={peer}",
        ]

        def ready() -> bool:
            with suppress(OSError):
                return b"true" in _asked(f"{client}/health")
            return False

        return Program(self.base, "etcd", words, ready)

    def _haproxy(self) -> Program:
        timeouts = "mode tcp\n    retries 2\n    timeout client 30m\n    timeout connect 4s\n    timeout server 30m"
        content = (
            f"global\n    maxconn 1000\ndefaults\n    {timeouts}\n    timeout check 2s\n"
            + POOL.format(name="writer", port=self.port, role="primary")
            + "".join(map(self._server, self.nodes))
            + "".join(
                POOL.format(name=f"reader-{node.name}", port=port, role="replica")
                + self._server(node)
                for node, port in zip(self.nodes, self.readers, strict=True)
            )
        )
        file = self.base / "haproxy.cfg"
        file.write_text(content)
        hand_over(file)
        return Program(
            self.base, "haproxy", [programs.patroni("haproxy"), "-db", "-f", file], lambda: True
        )

    @staticmethod
    def _server(node: Node) -> str:
        return f"    server {node.name} 127.0.0.1:{node.port} maxconn 150 check port {node.rest}\n"


def hand_over_new(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    return hand_over(folder)
