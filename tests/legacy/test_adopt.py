"""A legacy database becomes part of a project in one command, and stays as it was to the last bit."""

import json
import os
import re
import resource
import shlex
import shutil
import sqlite3
import subprocess
import sys

import pytest

from ..adopting import PROJECTS, adopt, probe, tree
from ..commands import environment, get, manage, ruff, run, serve
from ..forks import forks
from ..legacies import ENGINES, MODELS, Legacy, shop
from ..production import variables
from ..servers.ports import free_port


def spent() -> float:
    """Seconds of a processor that commands have taken, however busy it is with others."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime + forks().spent


@pytest.mark.parametrize("engine", ENGINES)
def test_one_command_and_no_harm(bootstrapped, legacy, engine):
    folder = bootstrapped(**PROJECTS[engine])
    before = legacy.fingerprint()
    start = spent()

    done = adopt(folder, legacy)
    assert f"{len(MODELS)} models of shop, read-only." in done.stdout
    password = legacy.variables("shop").get("SHOP_DATABASE_PASSWORD")
    assert not password or password not in done.stdout + done.stderr
    kept = {name for name, text in tree(folder).items() if password and password.encode() in text}
    assert kept <= {".env"}

    next_commands = re.findall(r"^    (.+)$", done.stdout.partition("Next:")[2], re.MULTILINE)
    assert len(next_commands) == 3
    for command in next_commands[:2]:
        program, *words = shlex.split(command)
        assert program in ("python", "pytest")
        run(
            folder,
            *(words if program == "python" else ["-m", "pytest", "-p", "no:cacheprovider", *words]),
        )
    with serve(folder) as port:
        assert get(port, "localhost")[0] == 200
    assert spent() - start < 300
    assert legacy.fingerprint() == before

    found = probe(folder, "untouched", "shop")
    assert found["rows"] == MODELS
    for way, sentence in found["commands"].items():
        assert (way, sentence) == (way, f"CommandError: {REFUSAL}")
    for way, error in (found["orm"] | found["raw"]).items():
        assert (way, error) == (way, "ReadOnlyDatabase")
    # sqlite3's own connection takes no guard; the file is opened read-only.
    assert found["driver"] == ("OperationalError" if engine == "sqlite" else "ReadOnlyDatabase")
    assert found["server"] == BY_THE_SERVER[engine]
    for page, status in found["admin"].items():
        assert (page, status in (302, 403, 404) if " " in page else status == 200) == (page, True)
    assert legacy.fingerprint() == before

    assert " passed" in run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider").stdout
    ruff(folder, "check", ".")
    ruff(folder, "format", "--check", ".")
    assert legacy.fingerprint() == before


BY_THE_SERVER = {
    "sqlite": "OperationalError",
    "mysql": "OperationalError",
    "postgresql": "ReadOnlySqlTransaction",
}
REFUSAL = (
    "shop is read-only and was about to get a write: to allow writes, "
    "take read_only=True off its line in settings/databases.py."
)


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_saved_unchanged_stay_as_they_are_in_every_time_zone(project, legacy, engine):
    folder = project(**PROJECTS[engine])
    before = legacy.fingerprint()
    assert "writable." in adopt(folder, legacy, "--writable").stdout
    found = probe(folder, "zones", "shop")
    assert found["moved"] == []
    assert found["saved"] == 18 * sum(
        count for name, count in MODELS.items() if name != "LongTrack"
    )
    if engine == "sqlite":  # servers keep notes of what was rolled back
        assert {name: digest for name, (_, digest) in legacy.fingerprint().items()} == {
            name: digest for name, (_, digest) in before.items()
        }


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_file_in_wal_mode_gets_no_companions(project, legacy, engine):
    folder = project()
    with sqlite3.connect(legacy.path) as connection:
        connection.execute("pragma journal_mode=wal")
    connection.close()
    before = legacy.fingerprint()
    assert list(before) == ["shop.sqlite3"]
    adopt(folder, legacy)
    count = "from my_project.shop.models import Track; print(Track.objects.count())"
    assert manage(folder, "shell", "-c", count).stdout.split()[-1] == "3"
    assert legacy.fingerprint() == before

    writer = sqlite3.connect(legacy.path)  # what it has not yet moved into the file is seen, too
    writer.execute("insert into track values (4, 'New', 1, 1, 1, null)")
    writer.commit()
    assert manage(folder, "shell", "-c", count).stdout.split()[-1] == "4"
    writer.close()


def test_a_database_of_another_django_project(bootstrapped):
    folder = bootstrapped()
    path = folder / "var" / "my_project.sqlite3"
    adopt(folder, Legacy("sqlite", "other", path.rename(path.with_name("other.sqlite3")), None))
    manage(folder, "bootstrap")
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_shop.py"]
    assert " passed" in run(folder, *tests).stdout
    assert "No drift" in manage(folder, "check_legacy_models", "shop").stdout


@pytest.mark.parametrize("engine", ["mysql", "postgresql"])
def test_production_finds_it_by_parameters_of_its_own(project, legacy, engine):
    folder = project(**PROJECTS[engine])
    adopt(folder, legacy)
    names = dict(
        line.split("=", 1)
        for line in (folder / ".env").read_text().splitlines()
        if line.startswith("SHOP_DATABASE_")
    )
    (folder / ".env").unlink()  # production has none
    env = {"TENANTS": "acme", "SHOP_DATABASE_TLS": "false", **legacy.variables("shop")}
    env |= {name: value.strip("'") for name, value in names.items()}
    env |= variables("my_project", legacy.server) | {"DATABASE_PORT": str(free_port())}
    rows = json.loads(manage(folder, "databases", "--json", env=env, check=False).stdout)
    (row,) = [row for row in rows if row["alias"] == "shop"]
    assert (row["engine"], row["reachable"]) == (engine, True)

    del env["SHOP_DATABASE_HOST"]
    done = manage(folder, "databases", env=env, check=False)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "SHOP_DATABASE_HOST is not set" in done.stderr


@pytest.mark.parametrize("engine", ["sqlite"])
def test_it_refuses_to_do_it_twice_and_refreshes_the_models(project, legacy, engine):
    folder = project()
    adopt(folder, legacy, "--app", "records", "--time-zone", "Europe/Berlin")
    first = tree(folder)
    again = adopt(folder, legacy, check=False)
    assert again.returncode == 1 and "shop is adopted already" in again.stderr
    assert tree(folder) == first

    with sqlite3.connect(legacy.path) as connection:
        connection.execute("alter table artist add column born integer")
    connection.close()
    manage(folder, "adopt_legacy", "shop", "--refresh", "--yes")
    changed = {name for name, text in tree(folder).items() if first.get(name) != text}
    assert changed == {"my_project/records/generated.py"}
    assert "No drift" in manage(folder, "check_legacy_models", "shop").stdout


def test_adopting_again_after_git_took_it_back_gives_the_same(project, tmp_path, request):
    folder, legacy = project(), shop("sqlite", tmp_path, request)
    before = tree(folder)
    adopt(folder, legacy)
    after = tree(folder)
    for name in after:
        if name != ".env":  # which git leaves alone
            (folder / name).unlink()
            if name in before:
                (folder / name).write_bytes(before[name])
    shutil.rmtree(folder / "my_project" / "shop")
    adopt(folder, legacy)
    assert tree(folder) == after


@pytest.mark.parametrize("engine", ["postgresql"])
def test_the_command_of_the_manual_asks_for_the_password(project, legacy, engine):
    folder = project(database_engine="mysql")
    page = folder / "manydb/docs/legacy-databases.md"
    manual = " ".join(page.read_text(encoding="utf-8").split())
    (command,) = re.findall(
        r"`python (manage.py adopt_legacy chinook --engine postgresql .*?)`", manual
    )
    there = {"db.example.com": legacy.server.host, "reader": legacy.server.user}
    words = [there.get(word, word) for word in command.split()]
    words[words.index("--name") + 1] = "shop"
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, *words, "--port", str(legacy.server.port)],
        cwd=folder,
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = _read(ours, until=b": ")
    assert said.endswith("Password of app on 127.0.0.1: ")
    os.write(ours, f"{legacy.server.password}\n".encode())
    said = _read(ours)
    assert process.wait() == 0 and "5 models of chinook, read-only." in said
    assert legacy.server.password not in said


def _read(terminal: int, until: bytes | None = None) -> str:
    said = b""
    while until is None or not said.endswith(until):
        try:
            part = os.read(terminal, 1000)
        except OSError:  # Linux: the other side is closed
            break
        if not part:
            break
        said += part
    return said.decode()
