"""The script that plays a failover: what it counts, and what an owner may expect of a night with servers that die."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import manydb
from manydb.testing.games import Report, missed_bounds, play
from manydb.testing.games import Site as Place

from ..commands import PROBES, environment
from ..lone_django import connection_to
from ..production import DOMAIN, HTTPS, create, serving, with_pages
from .sites import Site, away, on_postgresql

SCRIPT = Path(manydb.__file__).parent / "testing" / "games.py"
CLIENTS = 4
QUICK: dict[str, Any] = {"rate": 40, "seconds": 3, "before": 1, "clients": CLIENTS}
HEADERS = {"Host": f"acme.{DOMAIN}", **HTTPS}
HEALTHY = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def place(name: str, port: int) -> Place:
    address = f"http://127.0.0.1:{port}"
    return Place(name, f"{address}/write/", f"{address}/read/{{pk}}/", "GET", HEADERS)


@contextmanager
def ours_and_plain(site: Site) -> Iterator[list[Place]]:
    """The project, and plain Django on a database of the same primary, both with a server of their own."""
    create(site.primary, "plain")
    plain = json.dumps(connection_to(site.primary, "plain", **HEALTHY))
    sites = {
        "ours": (with_pages(site.env, site.slug), f"{site.slug}.wsgi"),
        "plain": ({"PLAIN_DATABASES": plain, "PYTHONPATH": str(PROBES)}, "plain:application"),
    }
    with ExitStack() as servers:
        yield [
            place(
                name,
                servers.enter_context(
                    serving(site.folder, site.scratch / name, env, application, threads=CLIENTS)
                ).port,
            )
            for name, (env, application) in sites.items()
        ]


@on_postgresql
def test_a_primary_that_is_restarted_and_a_replica_that_dies(site: Site, tmp_path: Path) -> None:
    with ours_and_plain(site) as places:

        def restart() -> None:
            with away(site.primary):
                pass

        ours, plain = play(places, restart, **QUICK)
        assert (ours.failed_reads, ours.lost) == (0, 0), ours
        # While the primary is away an older answer is better than none (REPLICA_OLDER_ANSWERS): for a client's last
        # write before that moment, if the replica had not got it.
        assert ours.stale <= CLIENTS, ours
        assert plain.lost == 0, plain
        # The moment at which a client comes is its own, and a page that ends sooner lets it come again: two of each.
        assert ours.failed_writes <= plain.failed_writes + 2 * CLIENTS, (ours, plain)

        file = tmp_path / "games.toml"
        file.write_text(
            f"""
            [load]
            {chr(10).join(f"{name} = {value}" for name, value in QUICK.items())}
            [sites.ours]
            write = "{places[0].write}"
            read = "{places[0].read}"
            method = "GET"
            headers = {{ {", ".join(f"{name} = {json.dumps(text)}" for name, text in HEADERS.items())} }}
            most = {{ failed_reads = 0, failed_writes = 0 }}
            [faults]
            lost_replica = "kill -9 {site.replica.pid}"
            """
        )
        done = subprocess.run(
            [sys.executable, "-IS", str(SCRIPT), str(file), "lost_replica"],  # Python alone
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        with away(site.replica):  # for the kit, which has not killed it
            pass
        assert done.returncode == 0, done.stdout + done.stderr
        assert "0 writes and 0 reads failed within 0.0 s, 0 lost, 0 stale" in done.stdout


def test_a_bound_is_a_number_or_another_site() -> None:
    ours = Report("ours", 100, failed_writes=7, failed_reads=1, seconds=2, lost=1, stale=0)
    plain = Report("plain", 100, failed_writes=5, failed_reads=9, seconds=2, lost=0, stale=0)
    assert missed_bounds([ours, plain], {}) == ["ours: lost is 1, and may be 0 at most."]
    most = {"ours": {"failed_writes": "plain", "failed_reads": 1, "lost": 1}}
    assert missed_bounds([ours, plain], most) == [
        "ours: failed_writes is 7, and may be 5 of plain at most."
    ]
