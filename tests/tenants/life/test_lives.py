"""From create_tenant to drop_tenant, on real servers."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ...commands import environment, get, serve
from ...production import variables
from ...servers import PgBouncer, Postgres
from .two_servers import Project, commander


def test_a_life(project: Project, tmp_path: Path) -> None:
    """Served by subdomain as soon as it is there, and 503 or 404 as soon as it is not, with no restart."""
    dump = str(tmp_path / "initech.zip")
    slug = project.slug
    with serve(project.folder, env=project.env) as port:
        assert get(port, "initech.localhost")[0] == 404
        said = project.manage("create_tenant", "initech").stdout
        assert said == f"initech is ready: host initech.localhost, database {slug}_initech\n"
        status, page = get(port, "initech.localhost")
        assert (status, 'id="tenant">initech<' in page) == (200, True)
        project.register("initech", "ada", "bob", "cy")

        project.manage("suspend_tenant", "initech")
        assert get(port, "initech.localhost")[0] == 503
        assert project.manage("dump_tenant", "initech", dump).returncode == 0
        assert "dropped" not in project.refusal("drop_tenant", "initech")
        project.manage("drop_tenant", "initech", "--yes")
        assert get(port, "initech.localhost")[0] == 404
        assert f"{slug}_initech" not in project.databases()

        project.manage("restore_tenant", dump, "--name", "initech", "--wait", "0")
        assert get(port, "initech.localhost")[0] == 200
        project.manage("clone_tenant", "initech", "hooli")
        project.manage("rename_tenant", "hooli", "pied", "--yes")
        assert get(port, "hooli.localhost")[0] == 404
        assert get(port, "pied.localhost")[0] == 200
    for name in ("initech", "pied"):
        assert project.registered(name) == {"ada", "bob", "cy"}
        project.manage("drop_tenant", name, "--yes")
    assert not [name for name in project.databases() if "hooli" in name or "initech" in name]


def test_of_two_that_create_the_same_tenant_one_wins(project: Project) -> None:
    words = [sys.executable, "manage.py", "create_tenant", "twice"]
    both = [
        subprocess.Popen(
            words,
            cwd=project.folder,
            env=environment(project.env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in both]
    try:
        assert sorted(process.returncode for process in both) == [0, 1]
        (loser,) = (err for process, err in zip(both, said, strict=True) if process.returncode)
        assert "working on tenant 'twice'" in loser or "There is a tenant 'twice' already" in loser
        assert project.state("twice")["state"] == "ready"
    finally:
        project.manage("drop_tenant", "twice", "--yes")
    assert not [name for name in project.databases() if "twice" in name or "0new" in name]


def test_tenant_command_for_all_goes_on_after_a_failure(project: Project, tenant: str) -> None:
    code = (
        "from manydb.tenants.context import current_tenant as t; "
        "assert t() != 'acme', 'not this one'; print(t())"
    )
    done = project.manage("tenant_command", "--all", "--", "shell", "-v0", "-c", code, check=False)
    assert done.returncode == 1
    assert "globex" in done.stdout.splitlines() and "initech" in done.stdout.splitlines()
    assert "acme: AssertionError: not this one" in done.stderr
    # Other tests of this project may have left tenants of theirs.
    assert re.search(r"CommandError: 1 of \d+ failed: acme\.", done.stderr), done.stderr


def test_behind_pgbouncer_tenants_live_past_it(
    postgres: Postgres, pgbouncer: PgBouncer, rendered: Callable[..., Path], tmp_path: Path
) -> None:
    """The pooler keeps sessions in databases that are to be dropped, and knows no session's locks."""
    slug = "life_bouncer"
    answers = {"database_engine": "postgresql", "router": "tenant", "pooling": "pgbouncer"}
    folder = rendered(**answers, project_slug=slug)
    postgres.sql(f"create database {slug} owner {postgres.user}")
    env = variables(slug, pgbouncer, "pgbouncer")
    with commander(folder, env) as process:
        project = Project(folder, env, "postgresql", postgres, postgres, process)
        project.manage("migrate_databases", "--only", "default")
        project.manage("create_tenant", "initech")
        project.register("initech", "ada")  # through the pooler, which keeps the session
        assert f"{slug}_initech" in postgres.sql("select datname from pg_stat_activity")
        project.manage("dump_tenant", "initech", str(tmp_path / "initech.zip"))
        project.manage("drop_tenant", "initech", "--yes")
        assert f"{slug}_initech" not in project.databases()
        project.manage(
            "restore_tenant", str(tmp_path / "initech.zip"), "--name", "initech", "--wait", "0"
        )
        assert project.registered("initech") == {"ada"}
        project.manage("drop_tenant", "initech", "--yes")
