"""A server that is not installed is missed by name, with the way to get it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import ServerFailed, programs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def only_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """``only_in(folder)`` lets the kit look for programs there alone."""

    def look(*folders: Path) -> None:
        monkeypatch.setattr(programs, "_folders", lambda: iter(folders))
        programs._together.cache_clear()

    yield look
    programs._together.cache_clear()


def test_what_is_missing_is_said_with_the_way_to_get_it(only_in: Callable[..., None]) -> None:
    only_in()
    assert programs.missing("PgBouncer") == [
        "PgBouncer is not installed: run scripts/install-servers"
    ]
    assert len(programs.missing("PostgreSQL", "MariaDB")) == 2
    with pytest.raises(ServerFailed, match="run scripts/install-servers"):
        programs.pgbouncer()


def test_mariadb_s_mysqld_is_not_taken_for_mysql(
    server_folder: Path, only_in: Callable[..., None]
) -> None:
    folder = server_folder / "programs"  # where the servers' account may look
    folder.mkdir(mode=0o755)
    for name in ("mariadbd", "mysql"):
        (folder / name).touch(mode=0o755)
    (folder / "mysqld").symlink_to("mariadbd")
    only_in(folder)
    assert programs.missing("MySQL")
    (folder / "mysqld").unlink()
    (folder / "mysqld").touch(mode=0o755)
    only_in(folder)
    assert programs.missing("MySQL") == []


@pytest.mark.parametrize(
    ("require_servers", "outcome"), [("", "1 skipped"), ("1", "1 error")], ids=["may", "must"]
)
def test_a_missing_server_is_left_out_by_name_or_fails_where_all_must_run(
    tmp_path: Path, require_servers: str, outcome: str
) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.servers import programs\n"
        "pytest_plugins = ['tests.servers.fixtures']\n"
        "programs._folders = lambda: iter(())\n"
    )
    (tmp_path / "test_x.py").write_text("def test_x(pgbouncer): pass\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            tmp_path,
        ],
        env={
            **{name: value for name, value in os.environ.items() if name[:6] != "PYTEST"},
            "REQUIRE_SERVERS": require_servers,
            "PYTHONPATH": str(ROOT),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert outcome in done.stdout
    assert "PostgreSQL is not installed: run scripts/install-servers" in done.stdout
    assert ("left out on this machine" in done.stdout) == (outcome == "1 skipped")
