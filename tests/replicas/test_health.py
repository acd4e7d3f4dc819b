"""Replicas that are late, stopped, frozen or down, on real servers: left out, not missed, and back by themselves."""

import time

import pytest

from ..processes import eventually
from ..production import create
from ..servers.ports import free_port
from ..shell import Failed
from .sites import away, cut_off, frozen, in_all_projects, lagging, on_postgresql, paused


@pytest.mark.parametrize("fault", [paused, cut_off])
def test_a_replica_that_falls_behind_is_left_out_and_comes_back(site, fault):
    site.shell(
        "settings.REPLICA_MAX_LAG = 0.5; replica_state.CHECK_EVERY = 0.1; replica_state.LONGEST_IF_LATE = 0.5"
    )
    assert site.reads(client="stranger") == "replica"
    time.sleep(1)  # an idle primary does not make its replica late
    assert site.reads(client="stranger") == "replica"
    with fault(site.replica):
        assert site.reads(client="stranger") == "replica"
        site.write()
        assert eventually(lambda: site.reads(client="stranger") == "primary")
        assert site.shell("state()") == "stopped"
    assert eventually(lambda: site.reads(client="stranger") == "replica")
    assert site.shell("changes")[:1] == [["new", "ok"]] and site.shell("changes")[-1][1] == "ok"
    assert "is stopped: it does not replicate" in site.shell.log()


@on_postgresql
def test_lag_is_the_servers_not_the_silence_of_a_process_or_of_its_primary(site):
    site.shell("settings.REPLICA_MAX_LAG = 4")
    with lagging(site.replica, 2), site.another(REPLICA_MAX_LAG="4") as other:
        assert eventually(lambda: site.reads(client="stranger") == "replica")
        time.sleep(5)  # this process asks nobody, and nobody writes
        other("get('/write/', client)")
        assert site.reads(client="stranger") == "replica"
        assert site.shell("state()") == "ok"
        # The last transaction that the replica shows is older than its lag.
        shown = "__import__('manydb.core.status').core.status.status_of(['default_RO'])[0].lag"
        assert 0 < other(f"[get('/write/', client), {shown}][1]") < 5


@in_all_projects
def test_a_killed_replica_is_not_missed_and_comes_back_by_itself(site):
    assert site.reads() == "replica"
    with away(site.replica):
        started = time.monotonic()
        assert site.reads() == "primary"
        assert time.monotonic() - started < 1
        assert site.shell("state()") == "down"
        assert [site.reads() for _ in range(5)] == ["primary"] * 5
    assert eventually(lambda: site.reads() == "replica")
    assert site.shell("changes") == [["new", "ok"], ["ok", "down"], ["down", "ok"]]


def test_a_frozen_replica_is_waited_for_once(site):
    site.shell("be_impatient(1)")
    assert site.reads() == "replica"
    with frozen(site.replica):
        started = time.monotonic()
        assert site.reads() == "primary"
        assert 0.9 < time.monotonic() - started < 8
        assert site.shell("state()") == "down"
        assert min(site.shell("seconds(lambda: get('/read/0/', client))") for _ in range(3)) < 0.5
    assert eventually(lambda: site.reads() == "replica")


@on_postgresql
def test_a_session_is_made_impatient_once_however_often_it_is_handed_on(site):
    """As tenants' connections are, from thread to thread, and those of a pool."""
    wait = "id(vars(connections[REPLICA].connection)['wait'])"
    site.shell("reader()")
    before = site.shell(wait)
    site.shell("read_timeout.be_impatient(connections[REPLICA])")
    assert site.shell(wait) == before


def test_a_statement_under_way_when_its_replica_dies_runs_on_the_primary(site):
    sleep = {
        "mysql": "SELECT @@server_id + SLEEP(1)",
        "postgresql": "SELECT inet_server_port() FROM pg_sleep(1)",
    }
    site.shell("reader()")
    site.shell.begin(f"reader({sleep[site.engine]!r})")
    time.sleep(0.5)
    with away(site.replica):
        assert site.role(site.shell.end()) == "primary"
        assert site.reads() == "primary"


def test_reads_go_on_while_the_primary_is_away(site):
    site.shell("replica_state.CHECK_EVERY = 0.1")
    assert site.reads() == "replica"
    with away(site.primary):
        for _ in range(5):
            assert site.reads() == "replica"
            time.sleep(0.1)
    assert "does not say its position" in site.shell.log()
    site.shell("connections.close_all()")  # as requests do with a connection that has failed
    site.write()
    assert eventually(lambda: site.reads() == "replica")


NEW_FILE = "select pg_switch_wal()"
OFFSET = "(pg_walfile_name_offset(pg_current_wal_insert_lsn())).file_offset"
NEW_PAGE = f"""
    do $$ begin loop
        perform pg_logical_emit_message(false, 'fill', repeat('x', (8 * random())::int));
        exit when mod({OFFSET}, 8192) = 24;
    end loop; end $$"""


@on_postgresql
@pytest.mark.parametrize(
    ("fill", "header"), [(NEW_FILE, 40), (NEW_PAGE, 24)], ids=["new file", "new page"]
)
def test_a_primary_that_stands_behind_a_header_makes_no_replica_late(site, fill, header):
    site.shell("settings.REPLICA_MAX_LAG = 0.5; replica_state.CHECK_EVERY = 0.1")
    assert site.reads() == "replica"
    site.primary.sql(fill)
    assert site.primary.sql(f"select mod({OFFSET}, 8192)") == str(header)
    time.sleep(1)
    assert [site.reads() for _ in range(5)] == ["replica"] * 5
    assert site.shell("state()") == "ok"


# More than the pair's primary has written.
FURTHER = {
    "mysql": ["create table own (n int);" + "insert into own values (1);" * 3000],
    "postgresql": ["create table own (n int)", *["insert into own values (1)", NEW_FILE] * 30],
}


def test_a_server_that_follows_none_is_no_replica_however_far_it_is(site):
    """As an old primary after failover."""
    with type(site.primary)(site.primary.base, f"{site.engine}-alone") as other:
        create(other, site.database)
        for statement in FURTHER[site.engine]:
            other.sql(statement, site.database)
        with site.another(DATABASE_READER_PORT=str(other.port)) as shell:
            assert site.role(shell("get('/read/0/', client)")["server"]) == "primary"
            assert shell("state()") != "ok"  # nor is a database there this tenant's


@on_postgresql
def test_a_statement_that_replay_cancels_runs_on_the_primary_unless_in_a_transaction(site):
    site.replica.sql("alter system set max_standby_streaming_delay = 0")
    site.replica.sql("select pg_reload_conf()")
    site.write()
    site.replica.catch_up()
    table = site.shell("table_name()")
    slow = f"SELECT inet_server_port() FROM {table}, pg_sleep(1) LIMIT 1"
    lock = f"begin; lock table {table} in access exclusive mode; commit"
    try:
        site.shell.begin(f"reader({slow!r})")
        time.sleep(0.5)
        site.primary.sql(lock, site.database)
        assert site.role(site.shell.end()) == "primary"
        assert "did not finish runs on" in site.shell.log()
        assert site.reads() == "replica"

        site.shell.begin(f"reader_in_a_transaction({slow!r})")
        time.sleep(0.5)
        site.primary.sql(lock, site.database)
        with pytest.raises(Failed, match="conflict with recovery"):
            site.shell.end()
    finally:
        site.replica.sql("alter system reset max_standby_streaming_delay")
        site.replica.sql("select pg_reload_conf()")


def test_without_a_replica_the_primary_is_read_unless_that_is_switched_off(site):
    nowhere = {"DATABASE_READER_PORT": str(free_port())}
    with site.another(**nowhere) as shell:
        assert site.role(shell("get('/read/0/', client)")["server"]) == "primary"
        assert "No replica of" in shell.log() and "reads go to the primary" in shell.log()
        shell("fallback.conf.REPLICA_FALLBACK_PER_SECOND = 2")
        shell(
            "fallback.monotonic = lambda now=fallback.monotonic(): now"
        )  # in one and the same second
        answers = [shell("get('/read/0/', client)") for _ in range(8)]
        assert [answer == 503 for answer in answers] == [False] * 2 + [True] * 6
    with site.another(REPLICA_FALLBACK="false", **nowhere) as shell:
        assert shell("get('/read/0/', client)") == 503
        assert shell("get('/write/', client)") != 503
        assert "its primary takes no more reads" in shell.log()
    with site.another(REPLICA_FALLBACK="false") as shell:
        assert site.role(shell("get('/read/0/', client)")["server"]) == "replica"
