"""What is ended, how it begins again and what must hold then. Whatever a run left, the next one starts afresh."""

import shutil
from pathlib import Path
from zipfile import ZipFile

from django.test import override_settings
from left import (
    SERVERS,
    WAY,
    Registration,
    done,
    on,
    register,
    row,
    rows,
    run,
    says_what_to_do,
    state,
    whole_spares,
)
from manydb.tenants.lifecycle.backups.folder import Folder
from manydb.tenants.models import Tenant

OUT = Path("killed.zip")


class Birth:
    """create_tenant, and what else makes a tenant out of something."""

    spares = 0

    def __init__(self, words: str, rows: int) -> None:
        self.words, self.rows, self.command = words, rows, words.partition(" ")[0]

    def look(self, at: int) -> None:
        says_what_to_do("newborn", self.command)
        if WAY == "fail" and (found := row("newborn")):
            assert found.state == "ready", found.command

    def again(self, at: int) -> None:
        code, said = run(self.words)
        assert code == 0 or "There is a tenant" in said, said

    def verify(self) -> None:
        assert state("newborn") == "ready" and rows("newborn") == self.rows

    def undo(self) -> None:
        if row("newborn"):
            done("drop_tenant newborn --yes")


class BirthOfSpare(Birth):
    """create_tenant where a spare is there for it."""

    spares = 1

    def undo(self) -> None:
        super().undo()
        done("prepare_tenants")


class Preparation(Birth):
    """prepare_tenants: one spare on each server, whole, and nothing else."""

    words = "prepare_tenants"
    spares = 1

    def __init__(self) -> None:
        pass

    def look(self, at: int) -> None:
        """Whatever is left, no tenant is made of the half of it."""
        done("create_tenant newborn --wait 0")
        assert rows("newborn") == 0
        done("drop_tenant newborn --yes")

    def again(self, at: int) -> None:
        done("prepare_tenants")

    def verify(self) -> None:
        spares = whole_spares()
        assert len(spares) == len({on(place) for place in SERVERS}), spares
        self.look(0)
        assert len(whole_spares()) == len(spares) - 1

    def undo(self) -> None:
        override_settings(TENANT_SPARES=0).enable()
        done("prepare_tenants")
        override_settings(TENANT_SPARES=self.spares).enable()


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
            done("create_tenant newborn --wait 0")


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


class DumpAll(Birth):
    """In the directory is one backup, which the run after the kill completes."""

    directory = Path("backups")
    words = f"dump_tenant --all {directory}"

    def __init__(self) -> None:
        pass

    def look(self, at: int) -> None:
        for path in self.directory.rglob("*.zip"):
            assert ZipFile(path).testzip() is None

    def again(self, at: int) -> None:
        if not any(folder.is_complete for folder in Folder.all_in(self.directory)):
            done(self.words)

    def verify(self) -> None:
        (folder,) = Folder.all_in(self.directory)
        tenants = folder.contents().tenants
        names = sorted(Tenant.objects.values_list("name", flat=True))
        assert [entry.name for entry in tenants] == names, tenants
        files = {folder.file(entry).name for entry in tenants}
        assert {path.name for path in folder.path.iterdir()} == {*files, "manifest.json"}

    def undo(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()


class RestoreAll(Birth):
    """Of the tenants in the backup one is gone."""

    directory = Path("restorable")

    def __init__(self) -> None:
        super().__init__(f"restore_tenant --all {self.directory} --wait 0", 2)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        done("create_tenant newborn --wait 0")
        register("newborn", "one", "two")
        done(f"dump_tenant --all {self.directory}")
        (folder,) = Folder.all_in(self.directory)
        self.before = next(e.uuid for e in folder.contents().tenants if e.name == "newborn")

    def again(self, at: int) -> None:
        done(self.words)

    def verify(self) -> None:
        super().verify()
        assert str(row("newborn").uuid) == self.before


class Move:
    spares = 0
    command = "move_tenant"
    counts = (3,)

    @property
    def words(self) -> str:
        return f"move_tenant old --to {'default' if row('old').server else 'eu'} --wait 0"

    def look(self, at: int) -> None:
        assert rows("old") in self.counts
        says_what_to_do("old", self.command)
        if WAY == "fail":
            # What fails at the last step of all, when nothing is left to do but say so, may go on.
            found = row("old")
            assert found.state == "ready" or found.phase == "whole", (found.state, found.phase)

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
        assert state("old") == "ready" or row("old").command == "move_back"

    def again(self, at: int) -> None:
        if state("old") == "suspended":
            done(self.words if at % 2 else "resume_tenant old")

    def undo(self) -> None:
        if not row("old").other_database:
            done(Move().words)


class Replace(Move):
    """``old`` has three rows in the dump, and four before it is restored."""

    command = "restore_tenant"
    counts = (3, 4)
    words = f"restore_tenant {OUT} --name old --replace --yes --wait 0"

    def again(self, at: int) -> None:
        if row("old").state == "restoring":
            done(self.words if at % 2 else "resume_tenant old")
            assert rows("old") == (3 if at % 2 else 4)

    def verify(self) -> None:
        assert row("old").state == "ready" and rows("old") in self.counts

    def undo(self) -> None:
        super().undo()
        if rows("old") == 3:
            register("old", "fourth")
