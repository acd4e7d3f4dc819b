"""The steps of point-in-time.md of the manual: one tenant as it was at a moment, by the server's own log."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ...commands import manage
from ...processes import eventually
from ...servers import Postgres, programs
from ...servers.account import hand_over, private
from ...servers.fixtures import require
from ...servers.tools import run

SLUG = "in_time"
PEOPLE = f"from {SLUG}.conferences.models import Registration as R; "


@pytest.mark.long
def test_a_tenant_comes_back_as_it_was_before_a_mistake(
    server_folder: Path, rendered: Callable[..., Path], tmp_path: Path
) -> None:
    require("PostgreSQL")
    archive = private(server_folder / "archive")
    keeping = {"archive_mode": "on", "archive_command": f"cp %p {archive}/%f"}
    project = rendered(database_engine="postgresql", router="tenant", project_slug=SLUG)
    folder = Path(shutil.copytree(project, tmp_path / SLUG))
    with Postgres(server_folder, "in-time", settings=keeping) as server:
        env = server.environment()

        def say(code: str, tenant: str = "acme") -> str:
            words = ("tenant_command", tenant, "--", "shell", "-v0", "-c", PEOPLE + code)
            return manage(folder, *words, env=env).stdout.strip()

        def people(tenant: str = "acme") -> set[str]:
            return set(say("print(*R.objects.values_list('email', flat=True))", tenant).split())

        def register(name: str) -> None:
            say(f"R.objects.create(conference_id='X', email='{name}')")

        manage(folder, "bootstrap", env=env)
        register("before")
        restored = Restored(server_folder, "in-time-restored", server, archive)
        register("after")
        good = people()
        moment = server.sql("select now()")
        say("R.objects.all().delete()")
        register("later")
        last = server.sql("select pg_walfile_name(pg_switch_wal())")
        assert eventually(lambda: (archive / last).exists(), 30)
        with restored.to(moment):
            there = env | restored.environment()
            manage(folder, "dump_tenant", "acme", str(tmp_path / "then.zip"), env=there)
        file = str(tmp_path / "then.zip")
        manage(folder, "restore_tenant", file, "--name", "acme_then", env=env)
        assert people("acme_then") == good and people() == {"later"}
        over = ("--name", "acme", "--replace", "--yes", "--wait=0")
        manage(folder, "restore_tenant", file, *over, env=env)
        assert people() == good


class Restored(Postgres):
    """A base backup of a server, made now, which its archived log brings to a later moment."""

    def __init__(self, base: Path, name: str, source: Postgres, archive: Path) -> None:
        super().__init__(base, name)
        self.archive = archive
        place = ("-h", source.home, "-p", str(source.port), "-U", "postgres")
        run(
            programs.postgresql("pg_basebackup"), *place, "-D", self.data, "-c", "fast", "--no-sync"
        )

    def to(self, moment: str) -> "Restored":
        """Says up to which moment the server replays the log when it is started."""
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write(f"restore_command = 'cp {self.archive}/%f %p'\n")
            file.write(f"recovery_target_time = '{moment}'\nrecovery_target_action = 'promote'\n")
        signal = self.data / "recovery.signal"
        signal.touch()
        hand_over(signal)
        return self

    def ready(self) -> bool:
        return super().ready() and self.sql("select pg_is_in_recovery()") == "f"
