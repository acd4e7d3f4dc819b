"""One table of what Django documents for DATABASES: each works with every command of manydb, or check refuses it.

What works lives in a process of its own, on databases of its own (``options_life.py``).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.psycopg_any import IsolationLevel

from manydb.core.connection_checks import findings

ROOT = Path(__file__).resolve().parents[3]

Made = dict[str, Any]


@dataclass
class Case:
    """``entry`` differs in all entries, ``default`` in that of default alone; ``refused`` is the id of a check."""

    name: str
    entry: dict[str, Any] = field(default_factory=dict)
    default: dict[str, Any] = field(default_factory=dict)
    refused: str = ""
    # Writes what the options name, into a folder of the test: more of the entry, and of the environment.
    make: Callable[[Path], tuple[Made, dict[str, str]]] | None = None


def options(**values: Any) -> dict[str, Any]:
    return {"OPTIONS": values}


def server() -> dict[str, str]:
    entry = connections["default"].settings_dict
    return {key: str(entry[key]) for key in ("HOST", "PORT", "USER", "PASSWORD")}


def service(folder: Path) -> tuple[Made, dict[str, str]]:
    place = server()
    file = folder / "pg_service.conf"
    file.write_text(
        f"[shop]\nhost={place['HOST']}\nport={place['PORT']}\n"
        f"user={place['USER']}\npassword={place['PASSWORD']}\n"
    )
    entry = {"HOST": "", "PORT": "", "USER": "", "PASSWORD": ""} | options(service="shop")
    return entry, {"PGSERVICEFILE": str(file)}


def passfile(folder: Path) -> tuple[Made, dict[str, str]]:
    file = folder / "pgpass"
    password = server()["PASSWORD"].replace("\\", r"\\").replace(":", r"\:")
    file.write_text(f"*:*:*:{server()['USER']}:{password}\n")
    file.chmod(0o600)
    return {"PASSWORD": ""} | options(passfile=str(file)), {}


def defaults_file(folder: Path) -> tuple[Made, dict[str, str]]:
    place = server()
    file = folder / "my.cnf"
    file.write_text(f'[client]\nuser={place["USER"]}\npassword="{place["PASSWORD"]}"\n')
    return {"USER": "", "PASSWORD": ""} | options(read_default_file=str(file)), {}


def owner(folder: Path) -> tuple[Made, dict[str, str]]:
    """A role that owns all tables, and that who logs in has to take: made by the kit of servers."""
    return options(assume_role=f"{server()['USER']}_owner"), {}


KEPT = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
ATOMIC = {"ATOMIC_REQUESTS": True}
TOKYO = {"TIME_ZONE": "Asia/Tokyo"}
SERVERS = [
    Case("CONN_MAX_AGE", KEPT),
    Case("ATOMIC_REQUESTS of default", default=ATOMIC),
    Case("ATOMIC_REQUESTS", ATOMIC),
    Case("TIME_ZONE", TOKYO),
]
EVERY = [
    Case("AUTOCOMMIT", {"AUTOCOMMIT": False}, refused="E117"),
    Case("a TIME_ZONE that is none", {"TIME_ZONE": "Nowhere"}, refused="E118"),
    Case("a TEST key of no engine", {"TEST": {"SERIALIZE": True}}, refused="E120"),
]
CASES = {
    "sqlite": [
        *EVERY,
        Case("transaction_mode", options(transaction_mode="IMMEDIATE", timeout=20)),
        Case(
            "init_command", options(init_command="PRAGMA synchronous=NORMAL; PRAGMA cache_size=9;")
        ),
        Case("another mode", options(transaction_mode="WAL"), refused="E114"),
        Case("isolation_level", options(isolation_level="IMMEDIATE"), refused="E112"),
        Case("charset", options(charset="utf8"), refused="E112"),
    ],
    "postgresql": [
        *EVERY,
        *SERVERS,
        Case("isolation_level", options(isolation_level=IsolationLevel.SERIALIZABLE)),
        Case("server_side_binding", options(server_side_binding=True)),
        Case("prepare_threshold", options(prepare_threshold=1)),
        Case("options", options(options="-c statement_timeout=30000 -c search_path=public")),
        Case("application_name", options(application_name="it's a shop", keepalives_idle=5)),
        Case("service", make=service),
        Case("passfile", make=passfile),
        Case("assume_role", make=owner),
        Case(
            "pool of default",
            default=options(pool={"min_size": 1, "max_size": 3}),
            refused="" if find_spec("psycopg_pool") else "E116",
        ),
        Case("pool of tenants", options(pool=True), refused="E119"),
        Case("charset", options(charset="utf8"), refused="E112"),
        Case("read_timeout", options(read_timeout=10), refused="E112"),
        Case("pool_size", options(pool_size=4), refused="E112"),
        Case("isolation_level as text", options(isolation_level="read committed"), refused="E113"),
        Case("init_command", options(init_command="SET statement_timeout = 1"), refused="E104"),
        Case("sql_mode", options(sql_mode="STRICT_ALL_TABLES"), refused="E112"),
        Case("transaction_mode", options(transaction_mode="IMMEDIATE"), refused="E112"),
        Case("dbname", options(dbname="another"), refused="E121"),
        Case("service without a name", {"NAME": "", **options(service="shop")}, refused="E122"),
    ],
    "mysql": [
        *EVERY,
        *SERVERS,
        Case("isolation_level", options(isolation_level="repeatable read")),
        Case("the server's isolation_level", options(isolation_level=None)),
        Case("init_command", options(init_command="SET SESSION wait_timeout = 600")),
        Case("sql_mode", options(sql_mode="TRADITIONAL")),
        Case("charset", options(charset="utf8mb4", collation="utf8mb4_bin")),
        Case("read_timeout", options(read_timeout=30, write_timeout=30)),
        Case("read_default_file", make=defaults_file),
        Case("another level", options(isolation_level="snapshot"), refused="E113"),
        Case("assume_role", options(assume_role="owner"), refused="E112"),
        Case("pool", options(pool=True), refused="E112"),
        Case("sslmode", options(sslmode="require"), refused="E112"),
        Case("transaction_mode", options(transaction_mode="IMMEDIATE"), refused="E112"),
        Case("db", options(db="another"), refused="E121"),
    ],
}
ENGINE = settings.ENGINE if settings.HOST else "sqlite"
WORK = [case for case in CASES[ENGINE] if not case.refused]
REFUSED = [case for case in CASES[ENGINE] if case.refused]


def name_of(case: Case) -> str:
    return case.name.replace(" ", "-")


@pytest.mark.parametrize("case", REFUSED, ids=name_of)
def test_check_refuses_it(case: Case) -> None:
    base = {"ENGINE": connections["default"].settings_dict["ENGINE"], "NAME": "shop"}
    entries = {
        "default": base | case.entry | case.default,
        "ACME": base | {"TENANT": "acme"} | case.entry,
    }
    found = {each.id for each in findings(entries) if str(each.id).startswith("manydb.E")}
    # Without psycopg's pool that is said as well.
    assert found - {"manydb.E116"} == {f"manydb.{case.refused}"} - {"manydb.E116"} and found


@pytest.mark.parametrize("case", WORK, ids=name_of)
@pytest.mark.django_db(databases=["default"], transaction=True)
def test_it_works_with_every_command(case: Case, tmp_path: Path) -> None:
    made, env = case.make(tmp_path) if case.make else ({}, {})
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    described = {"entry": case.entry | made, "default": case.default}
    done = subprocess.run(
        [sys.executable, "-m", "engine.tests.options_life", str(tmp_path)],
        env={
            **os.environ,
            **env,
            "DJANGO_SETTINGS_MODULE": "engine.site.settings.options",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "{{cookiecutter.project_slug}}")]),
            "OPTIONS_CASE": json.dumps(described),
            "OPTIONS_FOLDER": str(tmp_path),
            "OPTIONS_PREFIX": f"options{worker}_",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "reachable": True,
        "user": "ann",
        "page": 200,
        "twin": ["ümläut 🎉"],
        "restored": ["ümläut 🎉"],
        "tenants": ["acme", "fresh", "other", "third"],
        "left": ["acme"],
    }
