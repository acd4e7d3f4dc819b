"""Runs every command of manydb on databases of its own, in this process, and says what it read and found.

``python -m engine.tests.options_life`` with ``engine.site.settings.options``. The last line is JSON.
"""

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client

TEXT = "ümläut 🎉"


def said(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def run(tenant: str, *statements: str) -> list[Any]:
    """The first column of what the last of these statements read, in a tenant's database."""
    from manydb.tenants import tenant_atomic, tenant_context

    try:
        with (
            tenant_context(tenant),
            tenant_atomic(),
            connections[tenant.upper()].cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []
    finally:
        connections.close_all()  # as after a request: commands end the sessions of a tenant


def live(folder: Path) -> dict[str, Any]:
    from engine.site.users.models import User

    found: dict[str, Any] = {}
    call_command("check", fail_level="ERROR", stdout=StringIO(), stderr=StringIO())
    said("bootstrap")
    said("bootstrap")
    rows = json.loads(said("databases", "--json"))
    found["reachable"] = all(row["reachable"] for row in rows if row["alias"] != "TESTCLIENT")
    said("migrate_databases", "--check")
    said("migrate_databases", "--plan")
    with transaction.atomic():
        User.objects.create_user("ann")
    found["user"] = User.objects.using("default_RO").get().username
    said("create_tenant", "fresh")
    run("fresh", "CREATE TABLE note (text varchar(20))", f"INSERT INTO note VALUES ('{TEXT}')")
    found["page"] = Client(headers={"host": f"fresh.{settings.BASE_DOMAIN}"}).get("/").status_code
    said("suspend_tenant", "fresh")
    said("resume_tenant", "fresh")
    said("dump_tenant", "fresh", str(folder / "fresh.zip"))
    said("clone_tenant", "fresh", "twin")
    found["twin"] = run("twin", "SELECT text FROM note")
    said("rename_tenant", "twin", "other", "--yes", "--wait=0")
    run("fresh", "DELETE FROM note")
    said(
        "restore_tenant",
        str(folder / "fresh.zip"),
        "--name=fresh",
        "--replace",
        "--yes",
        "--wait=0",
    )
    found["restored"] = run("fresh", "SELECT text FROM note")
    said("prepare_tenants")
    said("create_tenant", "third")
    said("tenant_command", "third", "--", "check")
    found["tenants"] = sorted(row["name"] for row in json.loads(said("list_tenants", "--json")))
    said("migrate_databases", "--jobs=2")
    said("check_legacy_models", "default")
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
    ):  # a table that is not the project's own
        cursor.execute("CREATE TABLE ledger (id INTEGER PRIMARY KEY, text VARCHAR(20))")
    said("inspect_legacy", "default", output=folder / "models.py")
    for name in ("fresh", "other", "third"):
        said("drop_tenant", name, "--yes", "--wait=0")
    found["left"] = [row["name"] for row in json.loads(said("list_tenants", "--json"))]
    return found


def drop_all() -> None:
    """Drops what a server has of this run."""
    if connection.vendor == "sqlite":
        return
    connections.close_all()
    from manydb.core.direct import direct
    from manydb.patches.server_cursors import server_cursor

    names = {
        "postgresql": "SELECT datname FROM pg_database WHERE datname LIKE %s",
        "mysql": "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE %s",
    }
    force = {"postgresql": " WITH (FORCE)", "mysql": ""}
    prefix = settings.PREFIX.replace("_", r"\_")
    with server_cursor(direct(connections["default"])) as cursor:
        cursor.execute(names[connection.vendor], [f"{prefix}%"])
        for (name,) in cursor.fetchall():
            quoted = connection.ops.quote_name(name)
            cursor.execute(f"DROP DATABASE {quoted}{force[connection.vendor]}")


if __name__ == "__main__":
    django.setup()
    try:
        print(json.dumps(live(Path(sys.argv[1]))))
    finally:
        drop_all()
