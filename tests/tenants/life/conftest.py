"""The project that all of these tests share, once on each engine, and a tenant for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ...servers.fixtures import ENGINES, server_of
from .two_servers import Project, two_servers


@pytest.fixture(scope="package", params=ENGINES)
def project(
    request: pytest.FixtureRequest,
    server_folder: Path,
    rendered: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Project]:
    engine = request.param
    server = server_of(request, engine)
    slug = f"life_{engine}"
    rendering = rendered(database_engine=engine, router="tenant", project_slug=slug)
    folder = tmp_path_factory.mktemp("life") / slug
    with (
        ENGINES[engine](server_folder, f"eu-{engine}") as eu,
        two_servers(rendering, folder, server, eu) as made,
    ):
        yield made


@pytest.fixture
def tenant(project: Project) -> Iterator[str]:
    """A tenant that is new, and gone after the test."""
    project.manage("create_tenant", "initech")
    yield "initech"
    for name in ("initech", "hooli"):
        if project.state(name):
            project.manage("drop_tenant", name, "--yes", check=False)
