"""A legacy database of many tables, beside Django's ``inspectdb``: python -m benchmarks.many_tables

Of 400 tables, the time in which their schema is read, of that of ``inspectdb --include-views``; and the memory that it
takes to describe 2,000 tables with their rows. On PostgreSQL and MariaDB.
"""

from typing import Any

from tests.lone_django import connection_to
from tests.servers import MariaDB, Postgres, workplace

from .frame import Verdicts, inside, projects, short

MEGABYTES = 200
TABLE = """create table t{number} (id int primary key, parent_id int, name varchar(40) not null unique,
    price numeric(10, 2), made timestamp null, note text, flag boolean not null default false, day date,
    foreign key (parent_id) references t{before} (id)); insert into t{number} (id, name) values (1, 'x');"""


def main() -> None:
    few, many = (40, 80) if short(__doc__) else (400, 2000)
    verdicts = Verdicts()
    with projects() as rendered, workplace() as folder:
        project = rendered(database_engine="postgresql", router="simple", legacy_models="n")
        with MariaDB(folder) as maria, Postgres(folder) as postgres:
            for engine, server in (("mysql", maria), ("postgresql", postgres)):
                for count in (few, many):
                    _make(server, engine, f"tables_{count}", count)
                found = {
                    what: _asked(project, server, f"tables_{count}", what)
                    for what, count in (("inspectdb", few), ("schema", few), ("rows", many))
                }
                ratio = found["schema"]["seconds"] / found["inspectdb"]["seconds"]
                said = "{:.2f} and {:.2f} s".format(
                    found["schema"]["seconds"], found["inspectdb"]["seconds"]
                )
                what = f"{engine}: schema of {few} tables read, of the time of inspectdb"
                verdicts.judge(what, ratio, "at most", 1.5, said)
                megabytes = found["rows"]["megabytes"]
                what = f"{engine}: MB to describe {many:,} tables, of {MEGABYTES}"
                verdicts.judge(what, megabytes / MEGABYTES, "at most", 1, f"{megabytes:.0f} MB")
    verdicts.end()


def _make(server: Any, engine: str, name: str, count: int) -> None:
    owner = "" if engine == "mysql" else f" owner {server.user}"
    role = "" if engine == "mysql" else f"set role {server.user}; "
    server.sql(f"create database {name}{owner}")
    tables = [TABLE.format(number=number, before=max(number - 1, 0)) for number in range(count)]
    for first in range(0, count, 100):  # what a command line has room for
        server.sql(role + " ".join(tables[first : first + 100]), name)


def _asked(project: Any, server: Any, name: str, what: str) -> dict[str, float]:
    entry = connection_to(server, name)["default"]
    found: dict[str, float] = inside(project, "many_tables.py", {}, what, repr(entry))
    return found


if __name__ == "__main__":
    main()
