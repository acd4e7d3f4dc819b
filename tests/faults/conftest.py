"""The server that these tests share, once of each engine: it is killed, so no other test has it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..commands import manage
from ..servers import MariaDB, Postgres
from ..servers.fixtures import ENGINES, require_engine


@pytest.fixture(scope="package", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The tests run on each, but where they name one."""
    require_engine(request.param)
    return str(request.param)


@pytest.fixture(scope="package")
def server(
    engine: str, server_folder: Path, rendered: Callable[..., Path]
) -> Iterator[MariaDB | Postgres]:
    """With the databases of a project."""
    with ENGINES[engine](server_folder, f"{engine}-faults") as it:
        manage(rendered(database_engine=engine), "bootstrap", env=it.environment())
        yield it
