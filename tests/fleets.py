"""A project with some tenants on a real server, as the tests of ``migrate_databases`` need it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .commands import environment, manage
from .processes import eventually
from .production import drop
from .servers.fixtures import ENGINES, server_of

SLUG = "fleet"
TENANTS = [f"t{number}" for number in range(1, 7)]
DATABASES = [SLUG, *(f"{SLUG}_{tenant}" for tenant in TENANTS)]
ALIASES = [tenant.upper() for tenant in TENANTS]

# One table before and one after a pause: what is begun can be told from what is done.
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conferences", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE TABLE begun (id int)"),
        migrations.RunSQL("{pause}"),
        {more}
        migrations.RunSQL("CREATE TABLE done (id int)"),
    ]
"""
PAUSE = {"mysql": "DO SLEEP({})", "postgresql": "SELECT pg_sleep({})"}
AT_WORK = {
    "mysql": "select count(*) from information_schema.processlist where info like 'DO SLEEP%'",
    "postgresql": "select count(*) from pg_stat_activity where wait_event = 'PgSleep'",
}


class Fleet:
    """A project with six tenants that are up to date, and a server that can be asked about them."""

    def __init__(self, folder: Path, server: Any, engine: str) -> None:
        self.folder, self.server, self.engine = folder, server, engine
        self.env = server.environment() | {"TENANTS": ",".join(TENANTS)}
        self.migration = folder / SLUG / "conferences" / "migrations" / "0002_pause.py"

    def release(self, pause: float, more: str = "") -> None:
        """A new migration for every tenant, which takes this many seconds, and perhaps one more operation."""
        pausing = PAUSE[self.engine].format(pause)
        self.migration.write_text(MIGRATION.format(pause=pausing, more=more))

    def run(self, *options: str, check: bool = True, **env: str) -> Any:
        return manage(self.folder, "migrate_databases", *options, env=self.env | env, check=check)

    def refusal(self, *words: str) -> str:
        """The last line of what a command says that fails."""
        done = manage(self.folder, *words, env=self.env, check=False)
        assert done.returncode and "Traceback" not in done.stderr, done
        return done.stderr.splitlines()[-1].partition(" See manydb/docs/")[0]

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """``python manage.py WORDS…``, not waited for, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=self.folder,
            env=environment(self.env) | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start_until(self, tenants: int, *options: str) -> "subprocess.Popen[str]":
        """``migrate_databases`` that has just done so many tenants; what it said of these is gone."""
        running = self.start("migrate_databases", *options)
        while tenants:
            line = running.stdout.readline()
            assert line, running.communicate()
            tenants -= bool(re.match(r"T\d: applied", line))
        return running

    def having(self, table: str) -> set[str]:
        """The tenants that have this table."""
        schema = "'public'" if self.engine == "postgresql" else "database()"
        query = (
            "select count(*) from information_schema.tables "
            f"where table_name = '{table}' and table_schema = {schema}"
        )
        return {t.upper() for t in TENANTS if self.server.sql(query, f"{SLUG}_{t}") == "1"}

    def at_work(self) -> int:
        """In how many databases the migration pauses just now."""
        return int(self.server.sql(AT_WORK[self.engine]))

    def end_pause(self) -> None:
        """On PostgreSQL: the migrations that pause fail."""
        cancel = "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'"
        self.server.sql(cancel)

    def wait_until(self, condition: Callable[[], object]) -> None:
        assert eventually(condition, 60)

    def where(self, condition: str) -> set[str]:
        """The tenants whose row in the catalog says so."""
        names = self.server.sql(f"select name from manydb_tenants_tenant where {condition}", SLUG)
        return {name.upper() for name in names.split()}


@pytest.fixture(scope="session")
def kept_fleet(request: Any, rendered: Any, tmp_path_factory: Any) -> Iterator[Fleet]:
    """The fleet, made once; its tests put back what they change."""
    engine = request.param
    source = rendered(database_engine=engine, router="tenant", project_slug=SLUG)
    folder = Path(shutil.copytree(source, tmp_path_factory.mktemp("fleet") / engine))
    fleet = Fleet(folder, server_of(request, engine), engine)
    manage(folder, "bootstrap", env=fleet.env)
    yield fleet
    for name in DATABASES:
        drop(fleet.server, name)


on_each_engine = pytest.mark.parametrize("kept_fleet", ENGINES, indirect=True)
on_mysql = pytest.mark.parametrize("kept_fleet", ["mysql"], indirect=True)
on_postgresql = pytest.mark.parametrize("kept_fleet", ["postgresql"], indirect=True)


@pytest.fixture
def fleet(kept_fleet: Fleet) -> Iterator[Fleet]:
    yield kept_fleet
    kept_fleet.migration.unlink(missing_ok=True)
    noted = "delete from django_migrations where name = '0002_pause'"
    for name in (f"{SLUG}_{tenant}" for tenant in TENANTS):
        kept_fleet.server.sql(
            f"drop table if exists begun; drop table if exists done; {noted}", name
        )
    kept_fleet.server.sql(noted, SLUG)
    texts = ("error", "command", "phase", "state_before", "other_server")
    empty = ", ".join(f"{column} = ''" for column in texts)
    kept_fleet.server.sql(f"update manydb_tenants_tenant set state = 'ready', {empty}", SLUG)


def lines_of(done: Any) -> dict[str, str]:
    """What the command said of each alias."""
    parts = (line.partition(": ") for line in (done.stdout + done.stderr).splitlines())
    return {alias: said for alias, _, said in parts if alias.isupper()}
