"""A project behind Patroni and HAProxy while its primary changes, beside plain Django behind the same proxy."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from manydb.testing.games import play

from ..commands import PROBES, manage
from ..lone_django import connection_to
from ..production import create, serving, variables, with_pages
from ..servers import Patroni
from ..servers.fixtures import require
from .test_games import HEALTHY, place

SLUG = "behind_patroni"
CLIENTS = 8
# What happens, and how many seconds of load there are: a lost node is noticed after Patroni's ttl.
NIGHTS = {
    "a switchover": (Patroni.switchover, 30),
    "a lost node": (Patroni.lose_the_primary, 60),
}


@pytest.mark.long
@pytest.mark.parametrize("night", NIGHTS)
def test_with_synchronous_mode_nothing_is_lost_or_stale_and_reads_go_on(
    server_folder: Path, rendered: Callable[..., Path], tmp_path: Path, night: str
) -> None:
    require("PostgreSQL", "Patroni")
    fault, seconds = NIGHTS[night]
    folder = rendered(database_engine="postgresql", router="replica", project_slug=SLUG)
    (base := server_folder / f"patroni-{seconds}").mkdir(mode=0o711)
    with Patroni(base, synchronous=True) as cluster, ExitStack() as servers:
        primary = cluster.primary
        create(primary, "accounts", folder / "legacy" / "accounts" / "postgresql.sql")
        create(primary, f"{SLUG}_acme", folder / "legacy" / "conferences" / "postgresql.sql")
        for name in (SLUG, "plain"):
            create(primary, name)
        env = variables(SLUG, cluster) | {"TENANTS": "acme"}
        manage(folder, "migrate_databases", env=env)
        plain = json.dumps(connection_to(cluster, "plain", **HEALTHY))
        sites = {
            # As manydb/docs/settings.md says: one less than there are threads.
            "ours": (with_pages(env, SLUG) | {"SERVER_THREADS": str(CLIENTS)}, f"{SLUG}.wsgi"),
            "plain": ({"PLAIN_DATABASES": plain, "PYTHONPATH": str(PROBES)}, "plain:application"),
        }
        places = [
            place(
                name,
                servers.enter_context(
                    serving(folder, tmp_path / name, env, application, threads=CLIENTS + 1)
                ).port,
            )
            for name, (env, application) in sites.items()
        ]
        ours, beside = play(
            places, lambda: fault(cluster), rate=20, seconds=seconds, before=8, clients=CLIENTS
        )
        assert cluster.primary is not primary
        assert (ours.failed_reads, ours.lost, ours.stale) == (0, 0, 0), ours
        assert ours.failed_writes <= beside.failed_writes + CLIENTS, (ours, beside)
