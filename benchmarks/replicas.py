"""Reads on replicas over HTTP, 8 clients that write and then read: python -m benchmarks.replicas

On both engines, with both routers and real replicas, in two processes of gunicorn:

* 10,000 pairs of a write, in all forms that a statement which writes can have, and a read while replay is paused, delayed and resumed at random, and clients
  that wrote nothing go on reading;
* reads 50 ms after a write, with a replica that is well;
* the replica killed under load, and started again.
"""

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from tests.commands import manage
from tests.probes.write_forms import FORMS, routines
from tests.production import Site, create, serving, variables, with_pages
from tests.servers import MariaDB, Postgres, workplace

from .clients import Crowd
from .frame import Verdicts, projects, short

SERVERS: dict[str, type[MariaDB] | type[Postgres]] = {"mysql": MariaDB, "postgresql": Postgres}


def main() -> None:
    few = short(__doc__)
    verdicts = Verdicts()
    with projects() as rendered:
        for engine, router in product(SERVERS, ("replica", "tenant")):
            name = f"{engine}, {router}"
            project = rendered(database_engine=engine, router=router)
            with (
                workplace() as folder,
                SERVERS[engine](folder) as primary,
                primary.standby() as replica,
                site(project, engine, primary) as place,
            ):
                database = project.name if router == "replica" else f"{project.name}_acme"
                make_routines(primary, database, of_tenant=router == "tenant")
                in_disorder(verdicts, name, engine, place, replica, 400 if few else 10_000)
                after_a_while(verdicts, name, place, replica, 80 if few else 800)
                killed(verdicts, name, place, replica, 1 if few else 5)
    verdicts.end()


@contextmanager
def site(project: Path, engine: str, primary: Any) -> Iterator[Site]:
    """The project in production, with two pages more: one writes a row, one looks for it."""
    legacy = project / "legacy"
    env = variables(project.name, primary) | {"TENANTS": "acme"}
    create(primary, "accounts", legacy / "accounts" / f"{engine}.sql")
    create(primary, f"{project.name}_acme", legacy / "conferences" / f"{engine}.sql")
    create(primary, project.name)
    manage(project, "migrate_databases", env=env)
    primary.replica.catch_up()
    with (
        tempfile.TemporaryDirectory() as logs,
        serving(
            project, Path(logs, "log"), for_load(project, env), f"{project.name}.wsgi"
        ) as running,
    ):
        yield running


def for_load(project: Path, env: dict[str, str]) -> dict[str, str]:
    """Two processes, with the pages of tests/probes, and all reads on the primary if need be."""
    return with_pages(env, project.name) | {
        "WEB_CONCURRENCY": "2",
        "REPLICA_FALLBACK_PER_SECOND": "5000",
    }


def make_routines(primary: Any, database: str, *, of_tenant: bool) -> None:
    """Makes what the forms of writing call."""
    engine = "postgresql" if isinstance(primary, Postgres) else "mysql"
    for statement in routines(engine, primary.user, of_tenant=of_tenant):
        delimiter = "delimiter //\n" if engine == "mysql" else ""
        primary.sql(f"{delimiter}{statement}", database)


def in_disorder(
    verdicts: Verdicts,
    name: str,
    engine: str,
    place: Site,
    replica: Any,
    pairs: int,
    others: float = 0.9,
) -> None:
    def disorder(over: Callable[[], bool]) -> None:
        while not over():
            if random.random() < 0.5:
                replica.pause_replay()
                time.sleep(random.uniform(0.1, 1))
                replica.resume_replay()
            else:
                replica.delay(random.choice([1, 2]))
                time.sleep(random.uniform(0.1, 1))
                replica.delay(0)
            time.sleep(random.uniform(0.1, 1))

    crowd = Crowd(place, replica.port, [f"/write/{form}/" for form in FORMS[engine]])
    crowd.wait_for_replica()
    crowd.write_and_read(pairs, meanwhile=disorder)
    replica.catch_up()
    stale, failed = Counter(crowd.stale), Counter(path for path, *_ in crowd.failures)
    what = f"{name}: stale reads in {pairs} pairs, writes of {len(FORMS[engine])} forms"
    verdicts.judge(what, len(crowd.stale), "at most", 0, str(dict(stale)) if stale else "")
    what = str(dict(failed)) if failed else ""
    verdicts.judge(f"{name}: failed requests", len(crowd.failures), "at most", 0, what)
    share = f"{crowd.own_share:.0%} of the writers' own reads"
    what = f"{name}: reads of others that the replica answered"
    verdicts.judge(what, crowd.others_share, "at least", others, share)


def after_a_while(verdicts: Verdicts, name: str, place: Site, replica: Any, pairs: int) -> None:
    crowd = Crowd(place, replica.port)
    crowd.write_and_read(pairs, pause=0.05)
    what = f"{name}: reads 50 ms after a write that the replica answered"
    verdicts.judge(what, crowd.own_share, "at least", 0.95, f"{pairs} pairs")


def killed(verdicts: Verdicts, name: str, place: Site, replica: Any, seconds: float) -> None:
    """In this thread: a server of the kit dies with the thread that started it."""
    crowd = Crowd(place, replica.port)
    over = threading.Event()
    load = threading.Thread(target=crowd.write_and_read, args=(10**6,), kwargs={"over": over})
    load.start()
    time.sleep(seconds)
    replica.kill()
    to_primary = crowd.seconds_until(lambda answer: answer != replica.port)
    time.sleep(seconds)
    replica.start()
    back = crowd.seconds_until(lambda answer: answer == replica.port)
    over.set()
    load.join()
    verdicts.judge(f"{name}: killed, failed requests", len(crowd.failures), "at most", 0)
    verdicts.judge(f"{name}: killed, stale reads", len(crowd.stale), "at most", 0)
    verdicts.judge(f"{name}: killed, seconds to the primary", to_primary, "at most", 1)
    verdicts.judge(f"{name}: started, seconds to be read again", back, "at most", 15)


if __name__ == "__main__":
    main()
