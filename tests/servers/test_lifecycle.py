"""What the kit starts ends with whoever started it, and needs no root."""

import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.processes import eventually
from tests.servers import MariaDB, PgBouncer, Postgres, ServerFailed, workplace
from tests.servers.account import ACCOUNT, is_root, open_to_servers
from tests.servers.fixtures import leave_out, require

ROOT = Path(__file__).parents[2]


def test_two_kits_run_side_by_side(postgres: Postgres, mariadb: MariaDB) -> None:
    with workplace() as base, Postgres(base) as postgres2, MariaDB(base) as mariadb2:
        postgres2.sql("create database second")
        mariadb2.sql("create database second")
        assert "second" not in postgres.sql("select datname from pg_database")
        assert "second" not in mariadb.sql("show databases")


def test_stopping_leaves_no_process_and_no_folder_also_after_an_error() -> None:
    require("PostgreSQL", "MariaDB", "PgBouncer")
    with pytest.raises(ZeroDivisionError), ExitStack() as stack:
        base = stack.enter_context(workplace())
        postgres = stack.enter_context(Postgres(base))
        others = (PgBouncer(base, postgres), MariaDB(base))
        pids = [postgres.pid, *(stack.enter_context(server).pid for server in others)]
        assert all(pid and alive(pid) for pid in pids)
        raise ZeroDivisionError
    assert not any(pid and alive(pid) for pid in pids)
    assert not base.exists()


def test_a_server_that_can_not_start_says_why_and_is_not_left_half_made() -> None:
    require("PostgreSQL")
    with workplace() as base:
        server = Postgres(base, settings={"shared_buffers": "lots"})
        with pytest.raises(ServerFailed, match='invalid value for parameter "shared_buffers"'):
            server.start()
        assert server.pid is None
        assert not server.data.exists()


RUN_ALL_FIVE = """
import sys, time
from tests.servers import MariaDB, PgBouncer, Postgres, workplace
with workplace() as base, Postgres(base) as p, p.standby() as s, PgBouncer(base, p) as b:
    with MariaDB(base) as m, m.standby() as r:
        assert b.sql("select 1", "postgres") == "1"
        p.sql("create database x"); s.catch_up()
        m.sql("create database x"); r.catch_up()
        print(base, p.pid, s.pid, b.pid, m.pid, r.pid, flush=True)
        time.sleep(float(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a dead process's children")
def test_a_killed_run_leaves_no_server_and_the_next_run_removes_its_folder() -> None:
    require("PostgreSQL", "MariaDB", "PgBouncer")
    with subprocess.Popen(
        [sys.executable, "-c", RUN_ALL_FIVE, "60"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as victim:
        assert victim.stdout
        folder, *pids = victim.stdout.readline().split()
        victim.send_signal(signal.SIGKILL)
    assert eventually(lambda: not any(alive(int(pid)) for pid in pids))
    assert Path(folder).exists()
    with workplace():
        assert not Path(folder).exists()


def test_the_kit_needs_no_root() -> None:
    require("PostgreSQL", "MariaDB", "PgBouncer")
    if not is_root():
        subprocess.run([sys.executable, "-c", RUN_ALL_FIVE, "0"], cwd=ROOT, check=True)
        return
    # Neither a Python in root's home nor a clone there can be used by another account.
    candidates = [sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"]
    usable = [python for python in candidates if is_usable(python)]
    if not usable:
        leave_out("no Python 3.11 outside root's home: run scripts/install-servers")
    with workplace() as base:
        clone = base / "clone"
        shutil.copytree(ROOT / "tests" / "servers", clone / "tests" / "servers")
        command = ["setpriv", f"--reuid={ACCOUNT}", "--clear-groups", "--regid=65534", "--"]
        command += [usable[0], "-B", "-c", RUN_ALL_FIVE, "0"]
        done = subprocess.run(command, cwd=clone, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        left = Path(done.stdout.split()[0])
    assert not left.exists()


def test_the_script_runs_a_command_beside_its_servers_and_passes_its_exit_code_on() -> None:
    require("PostgreSQL", "PgBouncer")
    done = subprocess.run(
        [ROOT / "scripts" / "servers", "postgresql", "--pgbouncer", "--run", "env; exit 7"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 7, done.stderr
    for role in ("", "READER_", "DIRECT_"):
        assert f"DATABASE_{role}PORT=" in done.stdout


def test_the_script_stops_its_servers_when_it_is_told_to_end() -> None:
    require("MariaDB")
    with subprocess.Popen(
        [ROOT / "scripts" / "servers", "mysql"], stdout=subprocess.PIPE, text=True
    ) as script:
        assert script.stdout
        for line in script.stdout:
            if line.startswith("#"):
                break
        children = Path(f"/proc/{script.pid}/task/{script.pid}/children")
        pids = children.read_text().split() if children.exists() else []
        script.terminate()
    assert script.returncode == 128 + signal.SIGTERM
    assert not any(alive(int(pid)) for pid in pids)


def alive(pid: int) -> bool:
    """Whether it runs; one that has ended but was not yet collected by its parent does not."""
    if Path("/proc/self/stat").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        return False
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode == 0


def is_usable(python: str) -> bool:
    """Whether the servers' account may run it, and it is new enough for the kit."""
    if not Path(python).exists() or not open_to_servers(Path(python).resolve()):
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", check]).returncode == 0
