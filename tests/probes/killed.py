"""Ends the commands of a tenant's life at every line of theirs, in a project, and looks at what is left.

``python killed.py WAY EVERY``: WAY is ``kill`` (SIGKILL) or ``fail`` (an exception) when a line of the code is
reached for the first time; EVERY n takes each n-th of these lines only. Prints one JSON object: for each command,
how many lines there are, at how many it was ended, and what was wrong then.
"""

import json
import os
import sys
from pathlib import Path
from zipfile import ZipFile

import django
from django.db import connections
from ended import Ending

sys.path.insert(0, os.getcwd())
django.setup()
SLUG = os.environ["DJANGO_SETTINGS_MODULE"].partition(".")[0]
WAY, EVERY = sys.argv[1], int(sys.argv[2])
ending = Ending(WAY, (str(Path(SLUG, "tenants", "provisioning").resolve()) + os.sep,))
OUT = Path("killed.zip")

models = sys.modules[f"{SLUG}.tenants.models"]
Tenant = models.Tenant
catalog = sys.modules[f"{SLUG}.tenants.catalog"]
claims = __import__(f"{SLUG}.tenants.provisioning.claims", fromlist=["claims"])
engines = __import__(f"{SLUG}.tenants.provisioning.engines", fromlist=["engines"])
fleet = __import__(f"{SLUG}.databases.fleet", fromlist=["fleet"])
conferences = sys.modules[f"{SLUG}.conferences.models"]
Registration = conferences.Registration


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
    place = claims.place_of(found)
    with engines.engine_of(place).tables_of(place).in_its_place():
        assert not fleet.pending(connections[name.upper()]), "it lacks migrations"
        return Registration.objects.using(name.upper()).count()


def register(name: str, *emails: str) -> None:
    for email in emails:
        Registration.objects.using(name.upper()).create(
            conference_id="X", email=f"{email}@b.example"
        )


def nobodys() -> set[str]:
    """The databases on each server that the catalog knows nothing of; templates are left out."""
    found, known = set(), set()
    for each in Tenant.objects.all():
        places = [claims.place_of(each)]
        if each.other_database:
            places.append(claims.other_place_of(each))
        for place in places:
            known |= {
                place.name + on(place),
                engines.engine_of(place).tables_of(place).name + on(place),
            }
    for server in ("", "eu")[: 1 + two_servers()]:
        place = claims.Place.of(claims.TenantRecord("x", "X", f"{SLUG}_x", server))
        names = engines.engine_of(place).names(place, f"{SLUG}_")
        found |= {name + on(place) for name in names if "0template_" not in name}
    return found - known


def on(place: "claims.Place") -> str:
    """Which server; for SQLite all are one folder."""
    return f" on {place.settings['HOST']}:{place.settings['PORT'] or ''}"


def two_servers() -> bool:
    from django.conf import settings

    return bool(settings.TENANT_SERVERS)


def says_what_to_do(name: str, command: str) -> None:
    """Unless it is ready or gone, whoever wants something of it is told how to go on."""
    found = row(name)
    if found is not None and found.state not in ("ready", "suspended"):
        assert found.step.startswith(command), found.step
        code, said = run(f"suspend_tenant {name}")
        assert code and f"run {command}" in said and "again" in said, said


# What is ended, how it begins again and what must hold then. Whatever a run left, the next one starts afresh.


class Birth:
    """create_tenant, and what else makes a tenant out of something."""

    def __init__(self, words: str, rows: int) -> None:
        self.words, self.rows, self.command = words, rows, words.partition(" ")[0]

    def look(self, at: int) -> None:
        says_what_to_do("newborn", self.command)
        if WAY == "fail" and (found := row("newborn")):
            # Before anything was done, the row says that; a failure later takes it away.
            assert found.state == "ready" or found.step.endswith(": begun"), found.step

    def again(self, at: int) -> None:
        code, said = run(self.words)
        assert code == 0 or "There is a tenant" in said, said

    def verify(self) -> None:
        assert state("newborn") == "ready" and rows("newborn") == self.rows

    def undo(self) -> None:
        if row("newborn"):
            done("drop_tenant newborn --yes")


class Drop(Birth):
    words = "drop_tenant newborn --yes"

    def __init__(self) -> None:
        pass

    def look(self, at: int) -> None:
        says_what_to_do("newborn", "drop_tenant")

    def again(self, at: int) -> None:
        code, said = run(self.words)
        assert code == 0 or "There is no tenant" in said, said

    def verify(self) -> None:
        assert row("newborn") is None

    def undo(self) -> None:
        if row("newborn") is None:
            done("create_tenant newborn")


class DumpAndDrop(Drop):
    """What it leaves of the file is all of it or nothing; then it may be dropped without another one."""

    file = Path("dropped.zip")

    @property
    def words(self) -> str:
        self.file.unlink(missing_ok=True)
        return f"drop_tenant newborn --dump {self.file} --yes --wait 0"

    def look(self, at: int) -> None:
        super().look(at)
        assert not self.file.exists() or ZipFile(self.file).testzip() is None
        assert row("newborn") or self.file.exists()

    def again(self, at: int) -> None:
        if row("newborn"):
            done("drop_tenant newborn --yes")


class Move:
    command = "move_tenant"

    @property
    def words(self) -> str:
        return f"move_tenant old --to {'default' if row('old').server else 'eu'} --wait 0"

    def look(self, at: int) -> None:
        assert rows("old") == 3
        says_what_to_do("old", "move_tenant")
        if WAY == "fail":
            # What fails at the last step of all, when nothing is left to do but say so, may go on.
            assert state("old") == "ready" or ": checked as " in row("old").step, row("old").step

    def again(self, at: int) -> None:
        if row("old").state == "moving":
            found = row("old")
            target = found.other_server or "default"
            done(f"move_tenant old --to {target} --wait 0" if at % 2 else "resume_tenant old")

    def verify(self) -> None:
        assert row("old").state == "ready" and rows("old") == 3
        register("old", "more")  # it can be written to, wherever it is now
        Registration.objects.using("OLD").filter(email="more@b.example").delete()

    def undo(self) -> None:
        if row("old").other_database:
            done("move_tenant old --drop-kept --yes")


class Back(Move):
    words = "move_tenant old --back --yes --wait 0"

    def look(self, at: int) -> None:
        assert rows("old") == 3
        assert state("old") == "ready" or "--back" in row("old").step

    def again(self, at: int) -> None:
        if state("old") == "suspended":
            done(self.words if at % 2 else "resume_tenant old")

    def undo(self) -> None:
        if not row("old").other_database:
            done(Move().words)


class Replace(Move):
    """``old`` has three rows in the dump, and four before it is restored."""

    command = "restore_tenant"
    words = f"restore_tenant {OUT} --name old --replace --yes --wait 0"

    def look(self, at: int) -> None:
        assert rows("old") in (3, 4)
        says_what_to_do("old", "restore_tenant")
        if WAY == "fail":
            # What fails at the last step of all, when nothing is left to do but say so, may go on.
            assert state("old") == "ready" or ": checked as " in row("old").step, row("old").step

    def again(self, at: int) -> None:
        if row("old").state == "restoring":
            done(self.words if at % 2 else "resume_tenant old")
            assert rows("old") == (3 if at % 2 else 4)

    def verify(self) -> None:
        assert row("old").state == "ready" and rows("old") in (3, 4)

    def undo(self) -> None:
        super().undo()
        if rows("old") == 3:
            register("old", "fourth")


def drive(case: "Birth | Move") -> dict[str, object]:
    """Ends a case at one line after another."""
    case.undo()
    words = case.words
    lines = int(done(words))
    case.undo()
    before = nobodys()
    wrong, ended = [], 0
    for at in range(1, lines + 1, EVERY):
        words = case.words
        code, _ = run(words, at)
        ended += code != 0
        try:
            case.look(at)
            case.again(at)
            case.verify()
        except AssertionError as error:
            wrong.append(f"{words} at line {at}: {error}")
        case.undo()
        if found := nobodys() - before:
            wrong.append(f"{words} at line {at} left {found}")
    return {"lines": lines, "ended": ended, "wrong": wrong}


done("create_tenant old")
register("old", "one", "two", "three")
done(f"dump_tenant old {OUT}")
cases: "dict[str, Birth | Move]" = {
    "create_tenant": Birth("create_tenant newborn", 0),
    "clone_tenant": Birth("clone_tenant old newborn", 3),
    "restore_tenant": Birth(f"restore_tenant {OUT} --name newborn", 3),
    "drop_tenant": Drop(),
    "drop_tenant --dump": DumpAndDrop(),
}
if two_servers():
    cases["move_tenant"] = Move()
    cases["move_tenant --back"] = Back()
result = {name: drive(case) for name, case in cases.items()}
run("drop_tenant newborn --yes")
result["restore_tenant --replace"] = drive(Replace())
print(json.dumps(result, indent=2))
