"""Private servers from a shell: scripts/servers mysql, or scripts/servers postgresql --pgbouncer.

Prints the environment variables that point a generated project at them and stays until Ctrl-C; with
--run, runs one command with these variables instead and passes its exit code on.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from . import MariaDB, PgBouncer, Postgres, Server, ServerFailed, missing, workplace


def main() -> int:
    answers = _arguments()
    needed = ["MariaDB"] if answers.engine == "mysql" else ["PostgreSQL"]
    if answers.pgbouncer:
        needed.append("PgBouncer")
    if sentences := missing(*needed):
        print(*sentences, sep="\n", file=sys.stderr)
        return 1
    # A polite kill must stop the servers as Ctrl-C does; Python alone would just end.
    signal.signal(signal.SIGTERM, _end)
    with ExitStack() as stack:
        base = stack.enter_context(workplace())
        server = _start(stack, base, answers.engine, answers.pgbouncer)
        if answers.run:
            environ = os.environ | server.environment()
            return subprocess.run(answers.run, shell=True, env=environ).returncode
        for name, value in server.environment().items():
            print(f"export {name}={shlex.quote(value)}")
        print("# The servers run until Ctrl-C, and leave nothing behind.", flush=True)
        signal.pause()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/servers", description="Start a private primary and its replica for a project."
    )
    parser.add_argument("engine", choices=["mysql", "postgresql"], help="as in the project")
    parser.add_argument("--pgbouncer", action="store_true", help="put PgBouncer before PostgreSQL")
    parser.add_argument("--run", metavar="COMMAND", help="run this there, then stop the servers")
    answers = parser.parse_args()
    if answers.pgbouncer and answers.engine == "mysql":
        parser.error("PgBouncer speaks PostgreSQL only: use it with postgresql")
    return answers


def _start(stack: ExitStack, base: Path, engine: str, pgbouncer: bool) -> Server:
    server: MariaDB | Postgres | PgBouncer
    server = MariaDB(base) if engine == "mysql" else Postgres(base)
    stack.enter_context(server)
    stack.enter_context(server.standby())
    if isinstance(server, Postgres) and pgbouncer:
        server = stack.enter_context(PgBouncer(base, server))
        stack.enter_context(server.standby())
    return server


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except ServerFailed as failure:
        sys.exit(str(failure))
