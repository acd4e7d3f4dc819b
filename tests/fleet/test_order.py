"""``migrate_databases``: which tenants come when, which wrong answers it refuses, and what a terminal shows."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

from ..commands import environment
from ..fleets import SLUG, lines_of, on_mysql, on_postgresql


@on_postgresql
def test_tenants_that_are_not_ready_are_skipped_and_suspended_ones_are_not(fleet):
    for tenant, state in (("t1", "creating"), ("t2", "suspended"), ("t3", "failed")):
        fleet.server.sql(
            f"update manydb_tenants_tenant set state = '{state}' where name = '{tenant}'", SLUG
        )
    fleet.release(0)
    done = fleet.run()
    said = lines_of(done)
    assert said["T1"] == "skipped, it is creating" and said["T3"] == "skipped, it is failed"
    assert fleet.having("done") == {"T2", "T4", "T5", "T6"}
    assert done.stdout.splitlines()[-1] == "In all: 5 migrated, 2 skipped."
    assert "T1: skipped" in fleet.run("--check").stdout


@on_mysql
def test_canaries_come_first(fleet):
    fleet.release(0)
    fleet.server.sql("create table done (id int)", f"{SLUG}_t2")
    done = fleet.run("--canary", "2", check=False)
    ends = "1 of 3 databases failed: T2. The other tenants were left as they are. See manydb/docs/fleet.md."
    assert done.stderr.splitlines()[-1].endswith(ends)
    assert set(lines_of(done)) == {"T1", "T2"}
    fleet.server.sql("drop table if exists done; drop table if exists begun", f"{SLUG}_t2")
    said = list(lines_of(fleet.run("--canary", "T5", "--canary", "1")))
    assert said == ["T5", "T1", "T2", "T3", "T4", "T6"]


def test_a_terminal_gets_a_bar(bootstrapped):
    project = bootstrapped(router="tenant")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "manage.py", "migrate_databases"],
        cwd=project,
        env=environment(),
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # Linux: nobody has the other end any more
            pass
    os.close(ours)
    assert re.search(rb"\| 0/2 \[", shown), shown
    assert b"ACME: up to date" not in shown and b"In all: 3 current." in shown
