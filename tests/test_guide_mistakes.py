"""The guide's dangerous mistakes: each happens with the guide's router, and none with ours."""

import subprocess
import sys
from pathlib import Path

import pytest

from .projects import PROBES

ROUTERS = ("simple", "tenant", "replica")


def probe(project: Path, *arguments: str) -> str:
    script = [sys.executable, str(PROBES / "probe.py"), *arguments]
    done = subprocess.run(script, cwd=project, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("case", "guide_router"),
    [
        ("cross_tenant_write", "DBRouter"),
        ("cross_tenant_write", "TenantRouter"),
        ("write_to_replica", "DBRouter"),
        ("write_to_replica", "TenantRouter"),
        ("cross_tenant_relation", "TenantRouter"),
    ],
)
def test_the_guides_router_does_harm(bootstrapped, case, guide_router):
    project = bootstrapped(router="simple")
    assert probe(project, case, f"guide_routers.{guide_router}").startswith("harm")


@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize(
    "case", ["cross_tenant_write", "write_to_replica", "cross_tenant_relation"]
)
def test_our_router_does_not(bootstrapped, case, router):
    assert probe(bootstrapped(router=router), case) == "safe"
