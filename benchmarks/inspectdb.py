"""Models by ``inspect_legacy`` and by Django's ``inspectdb``: python -m benchmarks.inspectdb [ENGINE:SCRIPT,SCRIPT …]

Of the databases full of traps that the tests have, and of those that the given scripts make, such as
``sqlite:Chinook_Sqlite.sql`` or ``mysql:northwind.sql,northwind-data.sql``. What either command writes is
taken as it is; then rows are read, validated, and saved unchanged in a transaction that is taken back.
"""

import argparse
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.attics import TRAPS, Attic, beside
from tests.legacies import ENGINES, Legacy, make
from tests.servers import MariaDB, Postgres, programs, workplace

from .frame import Verdicts, inside, projects

COMMANDS = {
    "inspect_legacy": ["inspect_legacy", "attic"],
    "inspectdb": ["inspectdb", "--database", "attic", "--include-views"],
}
# What `inside/models.py` counts, and how its columns are called.
COUNTED = {
    "tables": "tables and views",
    "models": "models",
    "errors": "errors of `check`",
    "unread": "first row fails",
    "types": "columns of another Python type",
    "invalid": "tables with rows that are not valid",
    "changed": "tables changed by saving",
}
FAILURES = list(COUNTED)[2:]
LISTED = {"postgresql": "select datname from pg_database", "mysql": "show databases"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="SQLite only")
    parser.add_argument("scripts", nargs="*", metavar="ENGINE:SCRIPT,SCRIPT")
    answers = parser.parse_args()
    engines = ENGINES[:1] if answers.short else ENGINES
    verdicts = Verdicts()
    print("| database | engine | command | " + " | ".join(COUNTED.values()) + " |")
    print("| --- | --- | --- |" + " --- |" * len(COUNTED))
    with ExitStack() as stack:
        rendered = stack.enter_context(projects())
        folder = stack.enter_context(workplace())
        servers = {} if answers.short else _servers(stack, folder)
        for legacy in _databases(folder, servers, engines, answers.scripts):
            failures = {name: _measured(rendered, legacy, name) for name in COMMANDS}
            what = f"{legacy.engine}, {legacy.name}: models of ours that fail in any way"
            verdicts.judge(what, failures["inspect_legacy"], "at most", 0)
    verdicts.end()


def _servers(stack: ExitStack, folder: Path) -> dict[str, Any]:
    return {
        "mariadb": stack.enter_context(MariaDB(folder)),
        "postgres": stack.enter_context(Postgres(folder)),
    }


def _databases(
    folder: Path, servers: dict[str, Any], engines: tuple[str, ...], scripts: list[str]
) -> Iterator[Legacy]:
    request: Any = SimpleNamespace(getfixturevalue=servers.__getitem__)
    for engine in engines:
        sql = (TRAPS / f"{engine}.sql").read_text(encoding="utf-8")
        yield make(engine, sql, folder, request, "traps")
    for words in scripts:
        engine, _, paths = words.partition(":")
        files = [Path(path) for path in paths.split(",")]
        if engine == "sqlite":
            yield _file(folder, files)
        else:
            server = servers["mariadb" if engine == "mysql" else "postgres"]
            for name in _made(server, engine, files):
                yield Legacy(engine, name, folder, server)


def _file(folder: Path, scripts: list[Path]) -> Legacy:
    path = folder / f"{scripts[0].stem}.sqlite3"
    with sqlite3.connect(path) as connection:
        for script in scripts:
            connection.executescript(script.read_text(encoding="utf-8-sig"))
    connection.close()
    return Legacy("sqlite", path.stem, path, None)


def _made(server: Any, engine: str, scripts: list[Path]) -> list[str]:
    """The databases that these scripts make: they say themselves what those are called."""
    before = set(server.sql(LISTED[engine]).split())
    for script in scripts:
        with script.open("rb") as text:
            subprocess.run(_client(server, engine), stdin=text, check=True, capture_output=True)
    if engine == "postgresql":  # whoever made them, as this client does
        server.sql(f"grant pg_read_all_data, pg_write_all_data to {server.user}")
    return sorted(set(server.sql(LISTED[engine]).split()) - before)


def _client(server: Any, engine: str) -> list[str]:
    if engine == "mysql":
        return [str(server.client), "--no-defaults", f"--socket={server.socket}"]
    psql = str(programs.postgresql("psql"))
    return [psql, "-X", "-q", "-h", str(server.home), "-p", str(server.port), "-U", "postgres"]


def _measured(rendered: Callable[..., Path], legacy: Legacy, name: str) -> int:
    """Prints a line of the table; gives how many failures it counts."""
    engine = "mysql" if legacy.engine == "mysql" else "postgresql"
    attic = beside(
        rendered(database_engine=engine, project_name="My Project"),
        legacy.engine,
        legacy.settings | {"ROLE": "shared"},
    )
    counts = _counts(attic, COMMANDS[name])
    cells = [str(counts.get(what, "")) for what in COUNTED]
    if said := counts.get("broken"):
        cells[1:] = [f"does not import: {said}", *[""] * (len(cells) - 2)]
    print(f"| {legacy.name} | {legacy.engine} | {name} | {' | '.join(cells)} |", flush=True)
    return 1 if said else sum(counts[what] for what in FAILURES)


def _counts(attic: Attic, command: list[str]) -> dict[str, Any]:
    done = attic.manage(*command)
    (attic.folder / "attic" / "models.py").write_text(done.stdout, encoding="utf-8")
    env = {"DJANGO_SETTINGS_MODULE": "attic_settings"}
    return dict(inside(attic.folder, "models.py", env, "attic"))


if __name__ == "__main__":
    main()
