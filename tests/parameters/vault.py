"""A Vault for tests: an HTTP server that answers as the documentation of its API says.

KV version 2, dynamic credentials of a database, leases, tokens, AppRole, Kubernetes and namespaces. What ends is
revoked, and its account dropped, as Vault does it. Neither Vault nor OpenBao is to be had from Debian or PyPI.

Source: developer.hashicorp.com/vault/api-docs: "KV - Secrets engine - version 2", "Databases", "/sys/leases",
"Tokens", "AppRole", "Kubernetes".
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

ROLE_ID, SECRET_ID, JWT = "role-id", "secret-id", "token of a service account"


@dataclass
class Given:
    """A token or a lease: until when it holds, and until when that may be prolonged."""

    seconds: float
    until: float
    at_most: float
    renewable: bool = True
    user: str = ""
    token: str = ""

    @property
    def left(self) -> int:
        """Whole seconds, as Vault says them."""
        return int(self.until - time.monotonic())

    def renew(self) -> None:
        self.until = min(time.monotonic() + self.seconds, self.at_most)


@dataclass
class Vault:
    """``seconds`` and ``at_most`` are those of tokens and leases; ``create`` and ``drop`` make accounts."""

    create: Callable[[str, str], None] = lambda user, password: None
    drop: Callable[[str], None] = lambda user: None
    seconds: float = 3600
    at_most: float = 7200
    namespace: str = ""
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, Given] = field(default_factory=dict)
    leases: dict[str, Given] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_sealed: bool = False
    url: str = ""

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.numbers = count(1)
        self.tokens["root"] = Given(0, float("inf"), float("inf"), renewable=False)

    def put(self, path: str = "my_project", **values: Any) -> None:
        """``vault kv patch secret/PATH …``"""
        self.secrets[path] = {**self.secrets.get(path, {}), **values}

    def new_token(self, seconds: float | None = None, renewable: bool = True) -> str:
        """``vault token create``"""
        name = f"hvs.{next(self.numbers)}"
        self.tokens[name] = self._given(seconds or self.seconds, renewable)
        return name

    def _given(self, seconds: float, renewable: bool = True) -> Given:
        now = time.monotonic()
        return Given(seconds, now + seconds, now + max(seconds, self.at_most), renewable)

    def revoke(self, name: str) -> None:
        """``vault token revoke`` or ``vault lease revoke``. The leases of a token go with it."""
        with self.lock:
            self.tokens.pop(name, None)
            for id, lease in list(self.leases.items()):
                if name in (id, lease.token):
                    del self.leases[id]
                    self.drop(lease.user)

    def revoke_ended(self) -> None:
        for kept in (self.leases, self.tokens):
            for name, given in list(kept.items()):
                if given.until <= time.monotonic():
                    self.revoke(name)

    def answer(self, method: str, path: str, headers: Any, body: dict[str, Any]) -> Any:
        """Status and body."""
        self.asked.append(f"{method} {path}")
        if self.is_sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if headers.get("X-Vault-Namespace", "").strip("/") != self.namespace:
            return 404, {"errors": ["no handler for route"]}
        with self.lock:
            self.revoke_ended()
            if login := self._login(path, body):
                return login
            token = headers.get("X-Vault-Token", "")
            given = self.tokens.get(token)
            if given is None:
                return 403, {"errors": ["permission denied"]}
            if path == "auth/token/lookup-self":
                ttl = given.left if given.seconds else 0
                return 200, {"data": {"ttl": ttl, "renewable": given.renewable}}
            if path == "auth/token/renew-self":
                return self._renewed(given, "auth")
            if path == "sys/leases/renew":
                lease = self.leases.get(body["lease_id"])
                missing = 400, {"errors": ["lease not found"]}
                return self._renewed(lease, "") if lease else missing
            if path.startswith("secret/data/"):
                return self._secret(path.removeprefix("secret/data/"))
            if path == "database/creds/app":
                return self._credentials(token)
            return 404, {"errors": []}

    def _login(self, path: str, body: dict[str, Any]) -> Any:
        right = {
            "auth/approle/login": {"role_id": ROLE_ID, "secret_id": SECRET_ID},
            "auth/kubernetes/login": {"role": "app", "jwt": JWT},
        }
        if path not in right:
            return None
        if body != right[path]:
            return 400, {"errors": ["invalid role or secret ID"]}
        token = self.new_token()
        auth = {"client_token": token, "lease_duration": round(self.seconds), "renewable": True}
        return 200, {"auth": auth}

    def _renewed(self, given: Given, key: str) -> Any:
        if not given.renewable:
            return 400, {"errors": ["lease is not renewable"]}
        given.renew()
        answer = {"lease_duration": given.left, "renewable": True}
        return 200, {key: answer} if key else answer

    def _secret(self, path: str) -> Any:
        if path not in self.secrets:
            return 404, {"errors": []}
        metadata = {"version": 1, "deletion_time": "", "destroyed": False}
        if not self.secrets[path]:  # its newest version was deleted
            metadata["deletion_time"] = "2026-11-23T12:00:00Z"
            return 404, {"data": {"data": None, "metadata": metadata}}
        return 200, {"data": {"data": self.secrets[path], "metadata": metadata}}

    def _credentials(self, token: str) -> Any:
        number = next(self.numbers)
        lease = self._given(self.seconds)
        lease.user, lease.token = f"v_app_{number}", token
        self.create(lease.user, f"password-{number}")
        self.leases[f"database/creds/app/{number}"] = lease
        data = {"username": lease.user, "password": f"password-{number}"}
        return 200, {
            "lease_id": f"database/creds/app/{number}",
            "lease_duration": round(self.seconds),
            "renewable": True,
            "data": data,
        }


@contextmanager
def serving_vault(vault: Vault) -> Iterator[Vault]:
    """The server while the block lasts; what has ended is revoked meanwhile, and everything at the end."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "{}")
            path = self.path.removeprefix("/v1/").partition("?")[0]
            status, said = vault.answer(self.command, path, self.headers, body)
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *arguments: object) -> None:
            pass

    def revoking() -> None:
        while not over.wait(0.05):
            vault.revoke_ended()

    over = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vault.url = f"http://127.0.0.1:{server.server_port}"
    threads = [threading.Thread(target=each) for each in (server.serve_forever, revoking)]
    for thread in threads:
        thread.start()
    try:
        yield vault
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()
        for name in list(vault.leases):
            vault.revoke(name)
