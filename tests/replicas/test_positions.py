"""Reads after writes, on real servers: what was written is found, wherever replication is."""

import time
from typing import Any

from .sites import in_all_projects, paused

WRITES = [
    "insert",
    "insert_in_a_transaction",
    "insert_on_commit",
    "insert_and_release_a_savepoint",
    "delete_raw",
    "call_a_function",
]
FUNCTION = {
    "mysql": """delimiter //
        create function bump() returns int deterministic modifies sql data
        begin insert into bumps values (1); return 1; end //""",
    "postgresql": """create function bump() returns int language sql security definer
        as 'insert into bumps values (1) returning n'""",
}


@in_all_projects
def test_a_client_reads_the_primary_until_the_replica_has_what_it_wrote(site):
    assert site.reads() == "replica"
    with paused(site.replica):
        written = site.write()
        assert site.reads(written) == "primary"
        assert site.reads(client="stranger") == "replica"
    assert site.reads(written) == "replica"


def test_an_async_view_reads_what_another_wrote(site):
    def ask(path: str) -> Any:
        return site.shell(f"get('/async/{path}', async_client)")

    assert site.role(ask("read/0/")["server"]) == "replica"
    with paused(site.replica):
        written = ask("write/")["pk"]
        answer = ask(f"read/{written}/")
        assert answer["found"] and site.role(answer["server"]) == "primary"
    answer = ask(f"read/{written}/")
    assert answer["found"] and site.role(answer["server"]) == "replica"


def test_what_was_really_executed_counts_and_the_position_is_that_of_the_commit(site):
    primary = site.shell("PRIMARY")
    site.primary.sql("drop table if exists bumps", site.database)
    site.primary.sql("drop function if exists bump", site.database)
    site.primary.sql("create table bumps (n int)", site.database)
    site.primary.sql(FUNCTION[site.engine], site.database)
    for view in WRITES:
        before = site.primary.position()
        carried = site.shell(f"positions_after({view})")
        assert list(carried) == [primary], view
        assert not site.shell(f"covers({before!r}, {carried[primary]!r})"), view
        assert site.shell(f"covers({site.primary.position()!r}, {carried[primary]!r})"), view
    assert site.shell("positions_after(insert_and_roll_back)").keys() == {primary}
    assert site.shell("positions_after(only_read)") == {}
    assert not site.shell("response_to(only_read).has_header('Vary')")


def test_each_database_that_a_request_wrote_has_its_position(site):
    primary = site.shell("PRIMARY")
    carried = site.shell("positions_after(insert_and_rename_an_account)")
    assert carried.keys() == {primary, "accounts"} and all(carried.values())
    with paused(site.replica):
        site.shell("get('/read/0/', client)")
        site.shell("client.cookies.load(response_to(insert_and_rename_an_account).cookies)")
        assert site.reads() == "primary"


def test_a_server_that_was_started_again_is_asked_again(site):
    """What it had applied before, it need not have: PostgreSQL begins where it had saved all."""
    site.shell("replica_state.CHECK_EVERY = 1000")
    assert site.reads() == "replica"
    with paused(site.replica):
        written = site.write()
        site.shell(f"health.server_of(REPLICA).progress.applied = {site.primary.position()!r}")
        site.shell("connections[REPLICA].close()")
        assert site.reads(written) == "primary"
    assert site.reads(written) == "replica"


def test_an_api_client_carries_the_header(site):
    assert site.reads() == "replica"
    with paused(site.replica):
        site.shell("header = response_to(insert).headers['Database-Positions']")
        assert site.role(site.shell("get('/read/0/', stranger)['server']")) == "replica"
        with_it = "get('/read/0/', stranger, **{'Database-Positions': header})['server']"
        assert site.role(site.shell(with_it)) == "primary"
        site.shell("header = header[:-1] + ('A' if header[-1] != 'A' else 'B')")
        assert site.role(site.shell(with_it)) == "replica"  # not signed by us


def test_a_position_is_asked_for_at_most_once_per_request_and_not_once_it_is_known(site):
    asked = "str(heard(lambda: get('/read/0/', client))).count('position')"
    site.write()
    site.replica.catch_up()
    site.shell("replica_state.CHECK_EVERY = 1000")
    assert site.reads() == "replica"
    assert site.shell(asked) == 0
    with paused(site.replica):
        site.write()
        assert site.shell(asked) == 1
    assert site.shell(asked) == 1
    assert site.shell(asked) == 0


def test_outside_of_requests_the_primary_is_read(site):
    assert site.role(site.shell("reads_here()")) == "primary"


def test_inside_use_replica_a_thread_sees_what_it_wrote(site):
    reads = "reads_here(replicas=True)"
    assert site.role(site.shell(reads)) == "replica"
    with paused(site.replica):
        site.shell("insert()")
        assert site.role(site.shell(reads)) == "primary"
        time.sleep(1.1)
        assert site.role(site.shell(reads)) == "primary"
    time.sleep(1.1)
    assert site.role(site.shell(reads)) == "replica"
