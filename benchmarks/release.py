"""Pages of 200 tenants while they are migrated: python -m benchmarks.release

The code of the release before serves one tenant after the other, twenty requests a second. Then, in the same run,
``migrate_databases`` adds a column to a table that every page reads. What pages take meanwhile is judged by what they
take before and after. No request may fail.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from tests.commands import environment
from tests.production import DOMAIN, HTTPS, Site, serving
from tests.servers import MariaDB, Postgres, workplace

from .frame import Verdicts, create_databases, inside, on_server, package, projects, short

RATE, CLIENTS = 20, 4  # requests a second of all of them
MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conferences", "0001_initial")]
    operations = [migrations.AddField("conference", "priority", models.IntegerField(db_default=0))]
"""


class Visitors:
    """Clients that ask one tenant after the other; ``seen`` has when, how long it took, and the status."""

    def __init__(self, site: Site, tenants: int) -> None:
        self.site, self.tenants = site, tenants
        self.seen: list[tuple[float, float, int]] = []
        self._turn = count()
        self._over = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._visit) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _visit(self) -> None:
        while not self._over.wait(CLIENTS / RATE):
            began = time.perf_counter()
            host = f"t{next(self._turn) % self.tenants}.{DOMAIN}"
            try:
                status, _ = self.site.get(host, headers=HTTPS)
            except OSError:
                status = 0
            self.seen.append((began, time.perf_counter() - began, status))

    def took(self, begin: float, end: float) -> list[float]:
        return [took for began, took, _ in self.seen if begin <= began < end]


def measure(
    verdicts: Verdicts, rendered: Callable[..., Path], engine: str, tenants: int, quiet: float
) -> None:
    project = rendered(database_engine=engine, router="tenant")
    name = package(project)
    with (
        workplace() as folder,
        {"postgresql": Postgres, "mysql": MariaDB}[engine](folder) as server,
    ):
        create_databases(server, name)
        env = on_server(project, server, TENANTS="", BASE_DOMAIN=DOMAIN)
        inside(project, "new_tenants.py", env, tenants)  # copies: to migrate each takes much longer
        with serving(project, folder / "log", env, f"{name}.wsgi", threads=CLIENTS) as site:
            visitors = Visitors(site, tenants)
            with visitors.at_work():
                time.sleep(tenants / RATE)  # every tenant has been opened
                begins = time.perf_counter()
                time.sleep(quiet)
                migration = project / name / "conferences/migrations/0002_priority.py"
                migration.write_text(MIGRATION, encoding="utf-8")
                migrates = time.perf_counter()
                words = [sys.executable, "manage.py", "migrate_databases"]
                done = subprocess.run(
                    words, cwd=project, env=environment(env), capture_output=True, text=True
                )
                migrated = time.perf_counter()
                time.sleep(quiet)
                ends = time.perf_counter()
        reasons = [line for line in site.log.read_text().splitlines() if " ERROR " in line]
        # One more than tenants: the template of the next ones.
        if done.returncode or f" {tenants + 1} migrated" not in done.stdout:
            sys.exit(f"migrate_databases ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    before_and_after = visitors.took(begins, migrates) + visitors.took(migrated, ends)
    meanwhile = visitors.took(migrates, migrated)
    failed = [status for *_, status in visitors.seen if status != 200]
    for what, of, bound in (
        ("median", median, 2),
        ("95th percentile", lambda times: quantiles(times, n=20)[-1], 3),
    ):
        usual, then = of(before_and_after), of(meanwhile)
        detail = f"{then * 1000:.0f} and {usual * 1000:.0f} ms, {len(meanwhile)} requests"
        text = f"{engine}, pages of {tenants} tenants while they are migrated, {what}"
        verdicts.judge(text, then / usual, "at most", bound, detail)
    detail = f"{failed[:5]} {reasons[:5]}"
    verdicts.judge(f"{engine}, requests that failed", len(failed), "at most", 0, detail)


def main() -> None:
    tenants, quiet = (20, 5.0) if short(__doc__) else (200, 20.0)
    verdicts = Verdicts()
    with projects() as rendered:
        for engine in ("postgresql", "mysql"):
            measure(verdicts, rendered, engine, tenants, quiet)
    verdicts.end()


if __name__ == "__main__":
    main()
