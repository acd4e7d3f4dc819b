"""A PgBouncer that is full is an error within seconds, too."""

import json
import time

import psycopg
import pytest

from ..commands import manage
from ..production import DOMAIN, serving, variables
from ..servers import PgBouncer
from ..servers.fixtures import require
from .saying import sentences, shows_no_secret


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"default_pool_size": "1", "query_wait_timeout": "1"}, "query_wait_timeout"),
        ({"max_client_conn": "1"}, "no more connections allowed"),
    ],
    ids=["server connections", "clients"],
)
def test_a_full_pgbouncer_is_an_error_within_seconds(rendered, server, limit, reason, tmp_path):
    require("PgBouncer")
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    with PgBouncer(server.base, server, f"full-{min(limit)}", settings=limit) as pooler:
        env = variables("my_project", pooler, "pgbouncer")
        place = {"host": pooler.host, "port": pooler.port, "dbname": "my_project_acme"}
        with psycopg.connect(**place, user=pooler.user, password=pooler.password) as holder:
            holder.execute("select 1")  # in a transaction, which keeps the server's connection
            done = manage(project, "databases", "--json", env=env, check=False)
            (last,) = sentences(done)
            assert last.startswith("CommandError: No answer from ") and "ACME" in last
            rows = {row["alias"]: row for row in json.loads(done.stdout)}
            assert reason in rows["ACME"]["error"]

            # They don't go through it.
            assert manage(project, "migrate_databases", env=env).stdout.count("up to date") == 3

            with serving(project, tmp_path / "log", env, "my_project.wsgi") as site:
                started = time.monotonic()
                status, page = site.get(f"acme.{DOMAIN}")
                assert time.monotonic() - started < 10
                assert status == 503 and reason in site.log.read_text()
                holder.rollback()
                holder.close()
                if "default_pool_size" in limit:
                    assert site.get(f"acme.{DOMAIN}")[0] == 200
                assert shows_no_secret(page + site.log.read_text())
