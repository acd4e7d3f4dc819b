"""Clients of a site that keep their cookies and their connection, as browsers do."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, RemoteDisconnected
from http.cookies import SimpleCookie
from itertools import count
from typing import Any

from tests.production import DOMAIN, HTTPS, Site

WRITERS, OTHERS = 8, 2


class Browser:
    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str) -> tuple[int, Any]:
        """Status and JSON of a request that has no body."""
        words = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        headers = {"Host": f"acme.{DOMAIN}", **HTTPS, **({"Cookie": words} if words else {})}
        try:
            self.connection.request(method, path, headers=headers)
            response = self.connection.getresponse()
        except (RemoteDisconnected, ConnectionError):  # kept for too long
            self.connection.close()
            self.connection.request(method, path, headers=headers)
            response = self.connection.getresponse()
        for value in response.headers.get_all("Set-Cookie") or []:
            self.cookies.load(value)
        body = response.read()
        return response.status, json.loads(body) if response.status == 200 else body[:200]


class Crowd:
    """Writers, each of which looks for what it wrote, and others, who only look."""

    def __init__(self, site: Site, replica: int, writes: Sequence[str] = ("/write/",)) -> None:
        """``writes`` are the pages that write a row, which writers ask in turn."""
        self.site = site
        self.replica = replica
        self.writes = writes
        self._turn = count()
        self.own: list[int] = []  # which server answered
        self.others: list[tuple[float, int]] = []  # when, and which
        self.stale: list[str] = []  # the pages whose row was not found
        self.failures: list[Any] = []

    @property
    def own_share(self) -> float:
        return self.own.count(self.replica) / len(self.own)

    @property
    def others_share(self) -> float:
        return [server for _, server in self.others].count(self.replica) / len(self.others)

    def write_and_read(
        self,
        pairs: int,
        pause: float = 0.0,
        meanwhile: Callable[[Callable[[], bool]], None] = lambda over: None,
        over: threading.Event | None = None,
    ) -> None:
        """So many pairs of a write and, after a pause in seconds, a read; or until it is over."""
        over = over or threading.Event()
        writers = [
            threading.Thread(target=self._write_and_read, args=(pairs // WRITERS, pause, over))
            for _ in range(WRITERS)
        ]
        others = [threading.Thread(target=self._read, args=(over,)) for _ in range(OTHERS)]
        for thread in (*writers, *others):
            thread.start()
        meanwhile(lambda: not any(writer.is_alive() for writer in writers))
        for writer in writers:
            writer.join()
        over.set()
        for other in others:
            other.join()

    def wait_for_replica(self, in_a_row: int = 40, patience: float = 60) -> None:
        """Until every process of the site reads from it; raises TimeoutError if they do not."""
        end = time.monotonic() + patience
        found = 0
        while found < in_a_row:
            if time.monotonic() > end:
                raise TimeoutError(f"The replica was not read from after {patience} s")
            browser = Browser(self.site.port)  # a connection stays with a process
            answer = self._ask(browser, "/read/0/")
            browser.connection.close()
            found = found + 1 if answer and answer["server"] == self.replica else 0

    def seconds_until(self, answered: Callable[[int], bool], patience: float = 60) -> float:
        """How long from now until a server like this answers somebody who only reads."""
        started = time.monotonic()
        while time.monotonic() < started + patience:
            for when, server in reversed(self.others):
                if when < started:
                    break
                if answered(server):
                    return when - started
            time.sleep(0.005)
        return float("inf")

    def _write_and_read(self, pairs: int, pause: float, over: threading.Event) -> None:
        browser = Browser(self.site.port)
        for _ in range(pairs):
            if over.is_set():
                return
            page = self.writes[next(self._turn) % len(self.writes)]
            if (written := self._ask(browser, page)) is None:
                continue
            time.sleep(pause)
            if (answer := self._ask(browser, f"/read/{written['pk']}/")) is not None:
                if not answer["found"]:
                    self.stale.append(page)
                self.own.append(answer["server"])

    def _read(self, over: threading.Event) -> None:
        browser = Browser(self.site.port)
        while not over.is_set():
            if (answer := self._ask(browser, "/read/0/")) is not None:
                self.others.append((time.monotonic(), answer["server"]))
            time.sleep(0.01)

    def _ask(self, browser: Browser, path: str) -> Any:
        status, answer = browser.get(path)
        if status != 200:
            self.failures.append((path, status, answer))
            return None
        return answer
