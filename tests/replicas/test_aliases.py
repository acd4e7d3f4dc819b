"""Which replica is read, what it may do, and what is seen of it, on real servers."""

import json

import pytest

from ..commands import manage
from ..processes import eventually
from ..production import create, drop
from ..servers.ports import free_port
from .sites import PAIRS, paused


def test_a_client_keeps_its_replica_until_that_is_down(site):
    readers = f"127.0.0.1=1,127.1=1,127.0.0.1:{free_port()}=1"  # two names, and one that is down
    with site.another(DATABASE_READER_HOST=readers) as shell:
        shell("clients = [Client(headers=HOST | {'User-Agent': str(n)}) for n in range(12)]")
        names = "[choices(c) for c in clients]"
        first, again = shell(names), shell(names)
        assert first == again
        primary = shell("PRIMARY")
        assert {name for names in first for name in names} == {f"{primary}_RO", f"{primary}_RO2"}
        assert all(len(names) == 1 for names in first)


PLAIN_ACCOUNT = {
    "mysql": [
        "drop user if exists plain@'%'",
        "create user plain@'%' identified by 'PASSWORD'",
        "grant select, insert, update, delete on *.* to plain@'%'",
    ],
    "postgresql": [
        "drop role if exists plain",
        "create role plain login password 'PASSWORD' in role pg_read_all_data, pg_write_all_data",
    ],
}


def test_any_account_may_ask_for_positions(site):
    password = site.primary.password.replace("'", "''")
    for statement in PLAIN_ACCOUNT[site.engine]:
        site.primary.sql(statement.replace("PASSWORD", password))
    site.replica.catch_up()
    with site.another(DATABASE_USER="plain") as shell:
        assert site.role(shell("get('/read/0/', client)")["server"]) == "replica"
        assert shell("state()") == "ok"
        assert shell("positions_after(insert)[PRIMARY]")
    shown = manage(site.folder, "databases", "--json", env=site.env | {"DATABASE_USER": "plain"})
    rows = {row["alias"]: row for row in json.loads(shown.stdout)}
    assert rows["ACME_RO"]["state"] == "ok"
    assert rows["ACME"]["position"] and rows["ACME_RO"]["position"]
    assert rows["ACME"]["share"] + rows["ACME_RO"]["share"] == pytest.approx(1)


@pytest.mark.parametrize("site", PAIRS[:1] + PAIRS[3:], ids="-".join, indirect=True)
def test_a_database_that_replication_has_not_brought_yet_is_read_from_its_primary(site):
    with site.another(TENANTS="acme,late") as shell:
        late = "get('/read/0/', Client(headers={'host': HOST['host'].replace('acme', 'late')}))['server']"
        assert site.role(shell("get('/read/0/', client)")["server"]) == "replica"
        with paused(site.replica):
            legacy = site.folder / "legacy" / "conferences" / f"{site.engine}.sql"
            create(site.primary, f"{site.slug}_late", legacy)
            manage(site.folder, "migrate_databases", env=site.env | {"TENANTS": "acme,late"})
            assert site.role(shell(late)) == "primary"
            assert shell("state()") == "ok"
        assert eventually(lambda: site.role(shell(late)) == "replica")
    drop(site.primary, f"{site.slug}_late")


def test_the_session_itself_refuses_writes(site):
    """Also where the server behind a reader's address would take them."""
    place = {"DATABASE_READER_HOST": "127.1", "DATABASE_READER_PORT": str(site.primary.port)}
    with site.another(**place) as shell:
        assert shell("write_to_replica()") == "ReadOnlyDatabase"
        shell("connections[REPLICA].driver_cursors.by_text.clear()")
        assert shell("write_to_replica()") in ("InternalError", "OperationalError")
