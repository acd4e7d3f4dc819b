"""What a command of a tenant's life left that was ended at one of its lines: in the catalog, and on the servers."""

import os
import re
import sys
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings
from django.db import connections
from ended import Ending

sys.path.insert(0, os.getcwd())
django.setup()
SLUG = os.environ["DJANGO_SETTINGS_MODULE"].partition(".")[0]
WAY = sys.argv[1]
ending = Ending(WAY, (str(Path("manydb", "tenants", "lifecycle").resolve()) + os.sep,))

from manydb import fleet  # noqa: E402
from manydb.tenants import catalog  # noqa: E402
from manydb.tenants.lifecycle import engines, next_step  # noqa: E402
from manydb.tenants.lifecycle.places import Place  # noqa: E402
from manydb.tenants.lifecycle.tenant_database import TenantDatabase  # noqa: E402
from manydb.tenants.models import Tenant  # noqa: E402
from manydb.tenants.records import TenantRecord  # noqa: E402

Registration = import_module(f"{SLUG}.conferences.models").Registration
SERVERS = [
    Place.of(TenantRecord("x", "X", f"{SLUG}_x", server))
    for server in ("", *settings.TENANT_SERVERS)
]


def run(words: str, at: int = 0) -> tuple[int, str]:
    """Runs a command in a process of its own; how that ended, and what it said or how many lines it ran."""
    catalog.forget()
    return ending.run(words, at)


def done(words: str) -> str:
    code, said = run(words)
    assert code == 0, f"{words}: {said}"
    return said


def state(name: str) -> str:
    return row(name).state if row(name) else "absent"


def row(name: str) -> "Tenant | None":
    return Tenant.objects.filter(name=name).first()


def rows(name: str) -> int:
    """The registrations in the database where the catalog says that the tenant is."""
    found = row(name)
    with TenantDatabase.of(found).tables.in_its_place():
        assert not fleet.pending(connections[name.upper()]), "it lacks migrations"
        return Registration.objects.using(name.upper()).count()


def register(name: str, *emails: str) -> None:
    for email in emails:
        Registration.objects.using(name.upper()).create(
            conference_id="X", email=f"{email}@b.example"
        )


def nobodys() -> set[str]:
    """The databases on each server that the catalog knows nothing of; templates and spares are left out."""
    found, known = set(), set()
    for each in Tenant.objects.all():
        databases = [TenantDatabase.of(each)]
        if each.other_database:
            databases.append(TenantDatabase.other_of(each))
        for database in databases:
            place = database.place
            known |= {place.name + on(place), database.tables.name + on(place)}
    for place in SERVERS:
        names = engines.engine_of(place).names(place, f"{SLUG}_")
        found |= {name + on(place) for name in names if not re.search("_0(template|spare)_", name)}
    return found - known


def whole_spares() -> set[str]:
    """Those on each server that the next tenant can be made of."""
    return {
        name + on(place)
        for place in SERVERS
        for name in engines.engine_of(place).names(place, place.beside("spare_").name)
        if engines.engine_of(place).exists(place.named(name))
    }


def on(place: "Place") -> str:
    """Which server; for SQLite all are one folder."""
    return f" on {place.settings['HOST']}:{place.settings['PORT'] or ''}"


def says_what_to_do(name: str, command: str) -> None:
    """Unless it is ready or gone, whoever wants something of it is told how to go on."""
    found = row(name)
    if found is not None and found.state not in ("ready", "suspended"):
        line = next_step.command_line(found)
        assert line.startswith(command), line
        code, said = run(f"suspend_tenant {name}")
        assert code and f"Run {command}" in said and "again" in said, said
