"""Servers of products that manydb does not know are refused, before anything is written.

No such product can be had here. MariaDB is told to greet as one. Between PostgreSQL and the project a program changes
the version that the server says, and a row of Citus' extension is written by hand.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ..commands import manage
from ..production import create, drop, variables
from ..replicas.forwarding import Address
from ..servers import MariaDB
from ..servers.fixtures import require

SAID = b"crdb_version\x00CockroachDB CCL v24.3.1 (test)\x00"
COCKROACH = b"S" + (len(SAID) + 4).to_bytes(4) + SAID  # a parameter, in PostgreSQL's protocol
ASK = ("check", "--database", "default")


class Disguised(Address):
    """PostgreSQL that says another version when a session begins."""

    def __init__(self, server: Any, product: str) -> None:
        self.product = product
        super().__init__(server)

    def on_the_way_back(self, data: bytes) -> bytes:
        if self.product == "YugabyteDB":
            return re.sub(
                rb"(server_version\x00)([^\x00]+)",
                lambda found: found[1] + b"15.2-YB-2.25.1.0-b0".ljust(len(found[2]), b" "),
                data,
            )
        return data.replace(b"S\x00\x00\x00", COCKROACH + b"S\x00\x00\x00", 1)


@pytest.fixture(scope="module")
def greeting(server_folder: Path) -> Iterator[Any]:
    """``greeting("8.0.30-Vitess")`` is a MariaDB that says so."""
    require("MariaDB", "mysqlclient")
    server = MariaDB(server_folder, "disguised")

    def start(version: str) -> MariaDB:
        server.stop()
        server.options = (f"--version={version}",) if server.data.exists() else ()
        return server.start()

    start("")
    yield start
    server.stop()


@contextmanager
def disguised(server: Any, product: str) -> Iterator[str]:
    address = Disguised(server, product)
    try:
        yield str(address.port)
    finally:
        address.close()


@pytest.mark.parametrize("product", ["CockroachDB", "YugabyteDB"])
def test_each_connection_to_another_product_is_refused_on_postgresql(rendered, postgres, product):
    project = rendered(project_slug="elsewhere", database_engine="postgresql", router="tenant")
    create(postgres, "elsewhere")
    with disguised(postgres, product) as port:
        env = variables("elsewhere", postgres) | {"DATABASE_PORT": port}
        for command in (ASK, ("migrate_databases",), ("create_tenant", "initech")):
            done = manage(project, *command, env=env, check=False)
            assert done.returncode == 1 and "Traceback" not in done.stderr, done
            said = " ".join((done.stdout + done.stderr).split())
            assert f"default: {product} is not a server that manydb knows: " in said
            assert "manydb/docs/other-servers.md" in said
        done = manage(project, "databases", "default", env=env, check=False)
        assert done.returncode == 1 and f"{product} is not a server" in done.stdout


def test_each_connection_to_another_product_is_refused_on_mysql(rendered, greeting):
    project = rendered(project_slug="elsewhere", database_engine="mysql", router="tenant")
    server = greeting("8.0.30-Vitess")
    create(server, "elsewhere")
    done = manage(project, "migrate_databases", env=variables("elsewhere", server), check=False)
    assert done.returncode == 1
    assert "default: Vitess is not a server that manydb knows: CREATE DATABASE" in done.stderr


def test_tidb_is_refused_with_tenants_and_no_other_way(rendered, greeting):
    server = greeting("8.0.11-TiDB-v8.5.0")
    create(server, "elsewhere")
    for router, refused in (("tenant", True), ("simple", False)):
        project = rendered(project_slug="elsewhere", database_engine="mysql", router=router)
        env = variables("elsewhere", server)
        done = manage(project, *ASK, env=env, check=False)
        assert ("manydb.E124" in done.stderr) == refused, done


def test_citus_is_refused_with_tenants_and_replicas(rendered, postgres):
    create(postgres, "elsewhere")
    postgres.sql(
        "insert into pg_extension select 99999, 'citus', extowner, extnamespace, false, '13', null, null "
        "from pg_extension where extname = 'plpgsql'",
        "elsewhere",
    )
    for router, refused in (("tenant", True), ("replica", True), ("simple", False)):
        project = rendered(project_slug="elsewhere", database_engine="postgresql", router=router)
        done = manage(project, *ASK, env=variables("elsewhere", postgres), check=False)
        assert ("manydb.E125" in done.stderr) == refused, done
    drop(postgres, "elsewhere")
