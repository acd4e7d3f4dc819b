"""Two nodes of Galera: one takes the writes, the other is read, and commands on both exclude each other."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..commands import environment, manage
from ..production import create, variables
from ..servers import Galera
from ..servers.fixtures import require
from ..shell import shell
from .sites import Site

LOCK = "from manydb.core import leases; from manydb.core.locks import lock"
HOLD = (
    f"{LOCK}; leases.SECONDS = {{}}\nwith lock('tenant {{}}'): print('held', flush=True); input()"
)
# Silent for a second, then a step of its work.
SILENT = """
from manydb.core import leases
from manydb.tenants.lifecycle.catalog_rows import tenant_lock
from manydb.tenants.models import Tenant
leases.SECONDS, leases.RENEWED_EVERY = 1, 600
with tenant_lock('acme'):
    print('held', flush=True)
    input()
    Tenant.objects.filter(name='acme').update(state='suspended')
"""


@pytest.fixture(scope="module")
def cluster(server_folder: Path) -> Iterator[Galera]:
    require("MariaDB", "mysqlclient", "Galera")
    with Galera(server_folder) as first, first.node():
        yield first


@pytest.fixture
def site(cluster: Galera, rendered: Any, tmp_path: Path) -> Iterator[Site]:
    slug = "pair_tenant"
    folder = rendered(database_engine="mysql", router="tenant", project_slug=slug)
    env = variables(slug, cluster) | {"TENANTS": "acme"}
    if not hasattr(cluster, slug):  # once
        create(cluster, "accounts", folder / "legacy" / "accounts" / "mysql.sql")
        create(cluster, f"{slug}_acme", folder / "legacy" / "conferences" / "mysql.sql")
        create(cluster, slug)
        manage(folder, "migrate_databases", env=env)
        setattr(cluster, slug, True)
    other = cluster.replica
    assert other
    other.catch_up()
    with shell(folder, env, tmp_path / "log", "replicas") as process:
        yield Site("mysql", slug, folder, cluster, other, env, process, tmp_path)


def on(site: Site, node: Galera) -> dict[str, str]:
    """The environment of commands that write on this node."""
    return site.env | {"DATABASE_PORT": str(node.port)}


def start(site: Site, node: Galera, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=site.folder,
        env=environment(on(site, node)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def holding(site: Site, node: Galera, code: str) -> subprocess.Popen[str]:
    process = start(site, node, "shell", "-v0", "-c", code)
    assert process.stdout
    assert process.stdout.readline() == "held\n", process.communicate()
    return process


def test_a_client_reads_its_writes_from_the_other_node(site):
    for _ in range(20):
        site.reads(site.write())  # raises where the read is stale
    site.replica.catch_up()
    assert site.reads() == "replica"
    shown = manage(site.folder, "databases", "default_RO", "--json", env=site.env)
    (row,) = json.loads(shown.stdout)
    assert (row["reachable"], row["state"], row["lag"]) == (True, "ok", 0)


def test_a_node_that_has_not_applied_a_write_is_not_read_by_its_client(site):
    assert site.reads() == "replica"
    with site.replica.paused():
        assert site.reads(site.write()) == "primary"
    site.replica.catch_up()
    assert site.reads() == "replica"


def test_a_node_that_lost_its_cluster_is_left_out(site):
    with site.replica.cut_off():
        assert site.reads(site.write()) == "primary"
        done = manage(site.folder, "databases", "default_RO", env=site.env, check=False)
        assert " ok" not in done.stdout
    site.replica.catch_up()
    with site.another() as process:
        site.shell = process
        assert site.reads(site.write()) in ("primary", "replica")


def test_commands_on_two_nodes_lose_no_row(site):
    for names in (("one", "one"), ("two", "three")):
        both = [
            start(site, node, "create_tenant", name)
            for node, name in zip((site.primary, site.replica), names, strict=True)
        ]
        ends = [process.communicate(timeout=120) for process in both]
        made = [name for name, process in zip(names, both, strict=True) if not process.returncode]
        assert set(made) == set(names) and len(made) == len(set(names)), ends
        site.replica.catch_up()
        for node in (site.primary, site.replica):
            rows = node.sql(
                f"select name from {site.slug}.manydb_tenants_tenant where state = 'ready'"
            )
            databases = node.sql("show databases")
            for name in names:
                assert name in rows.split() and f"{site.slug}_{name}" in databases, ends
    manage(site.folder, "migrate_databases", "--check", env=on(site, site.replica))


def test_a_killed_holder_on_another_node_is_followed_and_a_live_one_is_not(site):
    suspend, node = ("suspend_tenant", "acme"), site.primary
    holder = holding(site, site.replica, HOLD.format(4, "acme"))
    done = manage(site.folder, *suspend, env=on(site, node), check=False)
    assert done.returncode == 1
    assert f"(process {holder.pid} of " in done.stderr and "if that was killed, in" in done.stderr
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    follower = holding(site, node, HOLD.format(30, "acme").replace("acme')", "acme', wait=60)"))
    follower.communicate("\n", timeout=60)


def test_a_holder_that_was_silent_is_refused_at_its_next_step(site):
    stale = holding(site, site.replica, SILENT)
    follower = holding(
        site, site.primary, HOLD.format(30, "acme").replace("acme')", "acme', wait=60)")
    )
    _, said = stale.communicate("\n", timeout=60)
    assert stale.returncode and "Another command has taken over the lock 'tenant acme'" in said
    follower.communicate("\n", timeout=60)
    assert "suspended" not in site.primary.sql(
        f"select state from {site.slug}.manydb_tenants_tenant where name = 'acme'"
    )
