"""A game day: load on a staging site, one fault by its name, and a report of what its clients met.

    python -m manydb.testing.games games.toml switchover

``docs/operations/games.md`` has the file and the two views that a site needs. As a script, this module needs Python alone.
"""

import argparse
import json
import math
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

NO_ANSWER = 0  # in place of a status


@dataclass(frozen=True, slots=True)
class Site:
    """Where the load goes: an address that writes a row and says its key, and one that says whether a key is there."""

    name: str
    write: str
    read: str  # with {pk}
    method: str = "POST"  # of a write
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request got, ``begun`` and ``ended`` in seconds since the load began."""

    kind: str
    begun: float
    ended: float
    status: int
    pk: Any = None
    found: bool = True

    @property
    def failed(self) -> bool:
        return self.status != 200


@dataclass(frozen=True, slots=True)
class Report:
    """What the clients of a site met.

    ``seconds`` are those from the first request that failed to the end of the last one. ``lost`` writes were
    acknowledged and are gone; ``stale`` reads missed a write of the same client that is there.
    """

    name: str
    requests: int
    failed_writes: int
    failed_reads: int
    seconds: float
    lost: int
    stale: int

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.requests} requests, {self.failed_writes} writes and {self.failed_reads} reads failed "
            f"within {self.seconds:.1f} s, {self.lost} lost, {self.stale} stale"
        )


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


class _Client:
    """A visitor with a browser, who keeps cookies and looks at what they wrote last."""

    def __init__(self, site: Site, since: float) -> None:
        self.site, self.since = site, since
        self.cookies: dict[str, str] = {}
        self.answers: list[Answer] = []
        self.last: Any = None

    def next(self) -> None:
        if self.last is None:
            self.answers.append(answer := self.ask("write"))
            self.last = answer.pk
        else:
            self.answers.append(self.ask("read", self.last))
            self.last = None

    def ask(self, kind: str, pk: Any = None) -> Answer:
        site, begun = self.site, monotonic() - self.since
        address = site.write if kind == "write" else site.read.replace("{pk}", str(pk))
        status, content = self._send(address, site.method if kind == "write" else "GET")
        ended = monotonic() - self.since
        if kind == "write":
            return Answer(kind, begun, ended, status, content.get("pk"))
        return Answer(kind, begun, ended, status, pk, bool(content.get("found")))

    def _send(self, address: str, method: str) -> tuple[int, dict[str, Any]]:
        headers = dict(self.site.headers)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = Request(address, method=method, headers=headers)  # noqa: S310  the owner's own file
        try:
            with _opener.open(request, timeout=self.site.timeout) as response:
                for line in response.headers.get_all("set-cookie", []):
                    for name, morsel in SimpleCookie(line).items():
                        self.cookies[name] = morsel.coded_value
                content = json.loads(response.read())
                return response.status, content if isinstance(content, dict) else {}
        except HTTPError as error:
            error.close()
            return error.code, {}
        except (OSError, HTTPException, ValueError):
            return NO_ANSWER, {}


def play(
    sites: Iterable[Site],
    fault: Callable[[], object],
    *,
    rate: float = 20,
    seconds: float = 60,
    before: float = 10,
    clients: int = 10,
    patience: float = 10,
) -> list[Report]:
    """Loads all sites at the same time, lets the fault happen, and reports on each.

    Args:
        rate: requests in a second, for each site. Half of them write; a client reads its own row next.
        seconds: how long the load lasts, the fault included.
        before: seconds of load before the fault.
        patience: seconds in which a replica may still learn of a write before it counts as lost.
    """
    sites = list(sites)
    since, over = monotonic(), Event()
    several = {site.name: [_Client(site, since) for _ in range(clients)] for site in sites}

    def visit(client: _Client, first: float) -> None:
        due = since + first
        while not over.wait(max(0.0, due - monotonic())) and monotonic() < since + seconds:
            client.next()
            due = max(due + clients / rate, monotonic())  # what was late is not made up for

    with ThreadPoolExecutor(len(sites) * clients) as pool:
        visits = [
            pool.submit(visit, client, number / rate)
            for each in several.values()
            for number, client in enumerate(each)
        ]
        try:
            over.wait(before)
            fault()
        except BaseException:
            over.set()
            raise
        for each in visits:
            each.result()
    return [_report(site, several[site.name], patience) for site in sites]


def _report(site: Site, clients: list[_Client], patience: float) -> Report:
    answers = [answer for client in clients for answer in client.answers]
    written = {each.pk for each in answers if each.kind == "write" and not each.failed}
    missed = [each for each in answers if each.kind == "read" and not (each.failed or each.found)]
    failed = [each for each in answers if each.failed]
    lost = _gone(site, written, len(clients), patience)
    return Report(
        name=site.name,
        requests=len(answers),
        failed_writes=sum(each.kind == "write" for each in failed),
        failed_reads=sum(each.kind == "read" for each in failed),
        seconds=max((each.ended for each in failed), default=0.0)
        - min((each.begun for each in failed), default=0.0),
        lost=len(lost),
        stale=sum(each.pk not in lost for each in missed),
    )


def _gone(site: Site, written: set[Any], threads: int, patience: float) -> set[Any]:
    """The keys that are not found any more. A page that does not answer has not found them either."""
    since, pause = monotonic(), Event()

    def is_gone(pk: Any) -> bool:
        answer = _Client(site, since).ask("read", pk)
        return answer.failed or not answer.found

    gone = written
    with ThreadPoolExecutor(threads) as pool:
        while gone:
            several = list(gone)
            gone = {
                pk for pk, away in zip(several, pool.map(is_gone, several), strict=True) if away
            }
            if monotonic() > since + patience:
                break
            pause.wait(0.2)
    return gone


def missed_bounds(reports: list[Report], most: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence for each bound that a site has missed: a number, or the name of a site that must not do better.

    No write may be lost and no read stale unless the file says otherwise.
    """
    by_name = {report.name: report for report in reports}
    said = []
    for report in reports:
        for what, bound in {"lost": 0, "stale": 0, **most.get(report.name, {})}.items():
            limit = getattr(by_name[bound], what) if isinstance(bound, str) else bound
            if (found := getattr(report, what)) > limit:
                whose = f" of {bound}" if isinstance(bound, str) else ""
                said.append(
                    f"{report.name}: {what} is {found:g}, and may be {limit:g}{whose} at most."
                )
    return said


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m manydb.testing.games",
        description="Load on a staging site, one fault, and a report of what its clients met.",
        epilog="The file is explained in manydb/docs/operations/games.md.",
    )
    parser.add_argument("file", type=Path, help="the TOML file with sites and faults")
    parser.add_argument("fault", nargs="?", help="the name of a fault; without it, those there are")
    options = parser.parse_args(words)
    try:
        content = tomllib.loads(options.file.read_text(encoding="utf-8"))
        sites, most = _sites_of(content)
        faults = {str(name): str(command) for name, command in content.get("faults", {}).items()}
        load = {name: float(value) for name, value in content.get("load", {}).items()}
        if unknown := set(load) - {"rate", "seconds", "before", "clients", "patience"}:
            raise ValueError(f"[load] knows no {min(unknown)}")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        parser.error(f"{options.file} can't be used: {error}")
    if options.fault is None:
        print("\n".join(f"{name}: {command}" for name, command in faults.items()))
        return 0
    if options.fault not in faults:
        parser.error(f"{options.file} has no fault {options.fault!r}, but {', '.join(faults)}.")
    ended: list[int] = []
    # The owner's own file says what is run, as a Makefile does.
    happen = lambda: ended.append(subprocess.run(faults[options.fault], shell=True).returncode)  # noqa: E731, S602
    clients = math.ceil(load.pop("clients", 10))
    reports = play(sites, happen, clients=clients, **load)
    said = missed_bounds(reports, most)
    if ended != [0]:
        said.insert(0, f"The command of {options.fault} ended with {ended[0]}.")
    print("\n".join([*map(str, reports), *said]))
    return 1 if said else 0


def _sites_of(content: Mapping[str, Any]) -> tuple[list[Site], dict[str, dict[str, Any]]]:
    """The sites of a file, and what each of them may miss at most.

    Raises:
        ValueError: there is none, or a bound names something else.
    """
    sites, most = [], {}
    for name, table in content.get("sites", {}).items():
        table = dict(table)
        most[name] = dict(table.pop("most", {}))
        sites.append(Site(name, **table))
    if not sites:
        raise ValueError("it has no [sites.NAME]")
    counted = set(Report.__dataclass_fields__) - {"name", "requests"}
    for name, bounds in most.items():
        for what, bound in bounds.items():
            if what not in counted or (isinstance(bound, str) and bound not in most):
                raise ValueError(f"[sites.{name}.most] has {what} = {bound!r}")
    return sites, most


if __name__ == "__main__":
    sys.exit(main())
