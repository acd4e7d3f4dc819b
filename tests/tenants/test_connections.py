"""Connections to tenants' databases under stress, on real servers."""

import os

import pytest

from benchmarks.frame import create_databases, inside, on_server

from ..servers.fixtures import ENGINES, server_of

# A soak: STRESS_SECONDS=30 python -m pytest tests/test_tenant_connections.py
SECONDS = float(os.environ.get("STRESS_SECONDS", "3"))
LIMIT, DATABASES = 4, 5


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_that_register_use_and_evict_tenants_do_not_meet(request, project, engine):
    server = server_of(request, engine)
    folder = project(database_engine=engine, router="tenant", project_slug="p_stress")
    create_databases(server, "p_stress", *(f"bench_{number}" for number in range(DATABASES)))
    env = on_server(folder, server)
    inside(folder, "catalog.py", env, 50, DATABASES)
    found = inside(folder, "stress.py", env, SECONDS, LIMIT, DATABASES)
    assert found["failed"] == 0, found["errors"]
    assert 0 < found["most"] <= LIMIT
    assert all(found["done"].values()), found["done"]
