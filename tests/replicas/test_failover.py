"""What connections, reads and commands make of a primary that is another server than a moment ago."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ..commands import manage
from ..servers import Postgres
from ..shell import Failed
from .forwarding import address_of
from .sites import Site, away, on_postgresql


def test_a_session_that_leads_to_a_server_without_writes_is_left_before_the_first_write(site):
    with (
        address_of(site.replica) as address,
        site.another(DATABASE_PORT=str(address.port)) as shell,
    ):
        shell("count_rows()")
        address.leads_to = site.primary
        shell("begin_a_request()")
        assert shell("get('/write/', client)")["pk"]


def test_a_write_that_a_server_refuses_is_the_last_one_to_fail(site):
    with (
        address_of(site.replica) as address,
        site.another(DATABASE_PORT=str(address.port)) as shell,
    ):
        for _ in range(2):  # the second time on a new connection, for the address still leads there
            shell("begin_a_request()")
            with pytest.raises(Failed, match=r"(?i)read-only"):
                shell("get('/write/', client)")
        address.leads_to = site.primary
        shell("begin_a_request()")
        assert shell("get('/write/', client)")["pk"]
        assert "takes no writes: connections to it are opened again" in shell.log()


FURTHER = {
    "mysql": "create table {0} (n int);" + "insert into {0} values (1);" * 300,
    "postgresql": "select pg_logical_emit_message(false, 'further', repeat('x', 1000000))",
}


@contextmanager
def forked(site: Site) -> Iterator[Any]:
    """Another replica is promoted, which has not got all that the site's replica has."""
    primary, replica = site.primary, site.replica
    promoted = primary.standby(f"{site.engine}-promoted")
    primary.replica = replica
    with promoted:
        promoted.catch_up()
        promoted.stop_receiving()
        primary.sql(FURTHER[site.engine].format(f"further_{promoted.port}"), site.database)
        replica.catch_up()
        with away(primary):
            if isinstance(promoted, Postgres):
                promoted.sql("select pg_promote()")
            else:
                promoted.sql("stop all slaves; reset slave all; set global read_only = 0")
            yield promoted


def test_a_replica_of_a_history_that_was_left_is_not_read(site):
    with forked(site) as promoted, site.another(DATABASE_PORT=str(promoted.port)) as shell:
        for _ in range(5):
            pk = shell("get('/write/', client)")["pk"]
            assert shell(f"get('/read/{pk}/', client)") == {
                "found": True,
                "server": promoted.port,
            }


@on_postgresql
def test_the_driver_finds_the_promoted_one_of_several_hosts(site):
    """No proxy, no new address and no restart: a process that was there before goes on."""
    primary = site.primary
    promoted = primary.standby("one-of-several")
    primary.replica = site.replica
    with promoted:
        promoted.catch_up()
        hosts = f"127.0.0.1:{promoted.port},127.0.0.1:{primary.port}"
        with site.another(DATABASE_HOST=hosts, DATABASE_READER_HOST=hosts) as shell:
            shell("setattr(client, 'raise_request_exception', False)")
            pk = shell("get('/write/', client)")["pk"]
            assert shell(f"get('/read/{pk}/', client)")["found"]
            done = manage(
                site.folder, "databases", "default", env=site.env | {"DATABASE_HOST": hosts}
            )
            assert f"127.0.0.1,127.0.0.1:{promoted.port},{primary.port}" in done.stdout
            with away(primary):
                shell("get('/write/', client)")  # over a session of the primary that was killed
                promoted.sql("select pg_promote()")
                shell("begin_a_request()")
                pk = shell("get('/write/', client)")["pk"]
                answer = shell(f"get('/read/{pk}/', client)")
                assert (answer["found"], answer["server"]) == (True, promoted.port)


def test_a_client_whose_write_was_lost_with_its_primary_reads_from_a_replica(site):
    site.shell("setattr(client, 'raise_request_exception', False)")
    site.write()
    site.replica.catch_up()
    assert site.reads() == "replica"
    with away(site.primary):
        assert site.shell("get('/write/', client)") in (500, 503)
        for _ in range(3):
            site.shell("begin_a_request()")
            assert site.reads() == "replica"
    with site.another() as shell:
        shell("setattr(client, 'raise_request_exception', False)")
        shell("settings.REPLICA_OLDER_ANSWERS = False")
        assert shell("get('/write/', client)")["pk"]
        with away(site.primary):
            assert shell("get('/write/', client)") in (500, 503)
            shell("begin_a_request()")
            assert shell("get('/read/0/', client)") == 503


def test_databases_tells_a_standby_from_a_primary(site):
    env = site.env | {"DATABASE_PORT": str(site.replica.port)}
    done = manage(site.folder, "databases", "default", env=env, check=False)
    assert done.returncode == 1 and "No answer from default" in done.stderr
    assert "default: It takes no writes" in done.stdout


@on_postgresql
def test_databases_says_how_a_replica_is_while_its_primary_is_away(site):
    with away(site.primary):
        words = ("databases", "default_RO", "--json")
        (row,) = json.loads(manage(site.folder, *words, env=site.env).stdout)
    assert (row["reachable"], row["state"]) == (True, "ok")
