"""Production's parameters in HashiCorp Vault, or OpenBao: the keys of one secret of a KV engine, version 2.

The environment of the process says where it is and who asks:

==========================================  ==========================================================
VAULT_ADDR, VAULT_NAMESPACE, VAULT_CACERT   the server, as its own command has them
VAULT_TOKEN                                 a token
VAULT_ROLE_ID, VAULT_SECRET_ID              or a login by AppRole
VAULT_KUBERNETES_ROLE                       or by the service account of the pod
VAULT_AUTH_MOUNT                            where that method is, if not at ``approle`` or ``kubernetes``
VAULT_KV_MOUNT                              where the KV engine is, if not at ``secret``
VAULT_DATABASE_ROLE, VAULT_DATABASE_MOUNT   a role of the database engine, at ``database``: its dynamic
                                            credentials are DATABASE_USER and DATABASE_PASSWORD
==========================================  ==========================================================

A token or a lease that ends is renewed when two thirds of its time are over, or replaced if Vault does not prolong
it. A thread sees to that, since a process may open no connection for long.

Sources: Vault documentation, "KV secrets engine version 2 (API)", "Database secrets engine (API)",
"/sys/leases" and "Token auth method (API)".
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import hvac
from hvac.exceptions import Forbidden, Unauthorized, VaultError
from requests.exceptions import RequestException

from manydb.parameters.store import ParameterStore

_TIMEOUT = 3  # seconds: a web server that starts must not wait for minutes
_AFTER_THE_END = 5  # seconds from one try to the next
_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"


@dataclass(frozen=True, slots=True)
class Term:
    """How long something holds that Vault has given: a token or a lease. Times are those of ``time.monotonic()``."""

    began: float
    seconds: float  # 0 for ever

    @property
    def ends(self) -> float:
        return self.began + self.seconds if self.seconds else inf

    @property
    def renewal(self) -> float:
        """When two thirds are over."""
        return self.began + self.seconds * 2 / 3 if self.seconds else inf

    def renewed(self, renew: Callable[[], Any]) -> "Term | None":
        """Returns the term that Vault gives instead, or None if that is no longer than half of this one."""
        began = time.monotonic()
        try:
            seconds = renew()
        except VaultError:  # it may not be renewed, or is not known any more
            return None
        return Term(began, seconds) if seconds * 2 > self.seconds else None


@dataclass(frozen=True, slots=True)
class Lease:
    """A dynamic login."""

    id: str
    term: Term
    user: str
    password: str


class Store(ParameterStore):
    name = "Vault"
    errors = (VaultError, RequestException, OSError)
    needs = (
        "set VAULT_ADDR, and VAULT_TOKEN, VAULT_ROLE_ID with VAULT_SECRET_ID, or VAULT_KUBERNETES_ROLE, "
        "of a policy that may read it"
    )

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._client: Any = None
        self._token = Term(0, 0)
        self._lease: Lease | None = None
        self._keeper: threading.Thread | None = None
        self._over = threading.Event()

    @property
    def place(self) -> str:
        return f"the secret {self.path} of Vault"

    def put(self, name: str) -> str:
        return f"put the key {name} into the secret {self.path} (vault kv patch)"

    def keeps(self) -> float:
        """Not beyond the time for a renewal; while Vault is away, some tries before the end."""
        now = time.monotonic()
        seconds = super().keeps()
        for term in self._terms():
            if now < term.renewal:
                wait = term.renewal - self._asked_at
            else:
                wait = (term.ends - now) / 4 if now < term.ends else _AFTER_THE_END
            seconds = min(seconds, max(wait, 1))
        return seconds

    def ends(self) -> float | None:
        if self._lease is None:
            return None
        return min(
            self._lease.term.ends, self._token.ends
        )  # a lease ends with the token it was given to

    def load(self) -> Mapping[str, Any]:
        try:
            loaded = self._read()
        except (Forbidden, Unauthorized):
            if not _method():
                raise
            self._client = None  # its token has been revoked
            loaded = self._read()
        self._keep()
        return loaded

    def load_after_refusal(self) -> Mapping[str, Any]:
        self._lease = None  # it was revoked, or the account is gone
        return self.load()

    def _read(self) -> Mapping[str, Any]:
        client = self._logged_in()
        answer = client.secrets.kv.v2.read_secret_version(
            path=self.path,
            mount_point=os.environ.get("VAULT_KV_MOUNT", "secret"),
            raise_on_deleted_version=True,
        )
        values = dict(answer["data"]["data"])
        if role := os.environ.get("VAULT_DATABASE_ROLE"):
            self._lease = self._leased(client, role)
            values |= {"DATABASE_USER": self._lease.user, "DATABASE_PASSWORD": self._lease.password}
        return values

    # The token.

    def _logged_in(self) -> Any:
        client = self._client
        if client is not None and time.monotonic() >= self._token.renewal:
            renewed = self._token.renewed(
                lambda: client.auth.token.renew_self()["auth"]["lease_duration"]
            )
            if renewed is not None:
                self._token = renewed
            elif _method():
                client = None
        if client is None:
            client, self._token = _log_in()
            self._client, self._lease = client, None  # which would end with the token before
        return client

    # The lease.

    def _leased(self, client: Any, role: str) -> Lease:
        lease = self._lease
        if lease is not None and time.monotonic() < lease.term.renewal:
            return lease
        if lease is not None:
            renewed = lease.term.renewed(lambda: client.sys.renew_lease(lease.id)["lease_duration"])
            if renewed is not None:
                return Lease(lease.id, renewed, lease.user, lease.password)
        began = time.monotonic()
        mount = os.environ.get("VAULT_DATABASE_MOUNT", "database")
        answer = client.secrets.database.generate_credentials(role, mount_point=mount)
        term = Term(began, answer["lease_duration"])
        data = answer["data"]
        return Lease(answer["lease_id"], term, data["username"], data["password"])

    # The thread.

    def _terms(self) -> list[Term]:
        terms = [self._token, *([self._lease.term] if self._lease else [])]
        return [term for term in terms if term.seconds]

    def _keep(self) -> None:
        """Starts the thread, once in each process; a fork has none."""
        if self._terms() and (self._keeper is None or not self._keeper.is_alive()):
            self._keeper = threading.Thread(target=self._keep_on, name="vault", daemon=True)
            self._keeper.start()

    def _keep_on(self) -> None:
        while not self._over.wait(max(0.1, self._asked_at + self.keeps() - time.monotonic())):
            if self.known is not None:
                self.values()


def _method() -> str:
    """How this process logs in: "approle", "kubernetes", or "" with a token that it was given."""
    if os.environ.get("VAULT_ROLE_ID"):
        return "approle"
    return "kubernetes" if os.environ.get("VAULT_KUBERNETES_ROLE") else ""


def _log_in() -> tuple[Any, Term]:
    """A client with a token, and how long that holds."""
    client = hvac.Client(
        token=os.environ.get("VAULT_TOKEN", ""),
        namespace=os.environ.get("VAULT_NAMESPACE") or None,
        timeout=_TIMEOUT,
    )
    began = time.monotonic()
    method = _method()
    mount = os.environ.get("VAULT_AUTH_MOUNT", method)
    if method == "approle":
        secret = os.environ.get("VAULT_SECRET_ID")
        answer = client.auth.approle.login(os.environ["VAULT_ROLE_ID"], secret, mount_point=mount)
    elif method == "kubernetes":
        # Kubernetes writes a new token into the file from time to time.
        token = Path(os.environ.get("VAULT_KUBERNETES_TOKEN_FILE", _SERVICE_ACCOUNT)).read_text()
        role = os.environ["VAULT_KUBERNETES_ROLE"]
        answer = client.auth.kubernetes.login(role, token.strip(), mount_point=mount)
    else:
        try:
            return client, Term(began, client.auth.token.lookup_self()["data"]["ttl"])
        except Forbidden:  # its policies do not let it look; what it may read shows
            return client, Term(began, 0)
    return client, Term(began, answer["auth"]["lease_duration"])
