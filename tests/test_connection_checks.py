"""`manage.py check` with production's settings: silent about every preset, and what it says of a bad one."""

from pathlib import Path
from typing import Any

import pytest

from .production import DOMAIN, SECRET_KEY, TENANTS
from .projects import manage
from .renderings import COMBINATIONS, name_of
from .servers.fixtures import require
from .servers.ports import free_port

WANTED = ("database_engine", "pooling", "database_auth")
PRESETS = [dict(preset) for preset in {tuple((k, a[k]) for k in WANTED): 0 for a in COMBINATIONS}]


def check(project: Path, engine: str) -> tuple[int, str]:
    """Nothing listens where the databases should be: a check opens no connection."""
    if engine == "mysql":
        require("mysqlclient")
    nobody = str(free_port())
    env = {
        "DJANGO_SETTINGS_MODULE": "my_project.settings.production",
        "SECRET_KEY": SECRET_KEY,
        "BASE_DOMAIN": DOMAIN,
        "TENANTS": ",".join(TENANTS),
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": nobody,
        "DATABASE_DIRECT_HOST": "127.0.0.1",
        "DATABASE_DIRECT_PORT": nobody,
        "DATABASE_USER": "app",
        "DATABASE_PASSWORD": "secret",
        "AWS_REGION": "eu-central-1",
    }
    done = manage(project, "check", env=env, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("answers", PRESETS, ids=name_of)
def test_no_preset_breaks_a_rule(rendered, answers):
    code, said = check(rendered(**answers), answers["database_engine"])
    assert (code, said) == (0, "System check identified no issues (0 silenced).\n")


PG_BOUNCER = {"database_engine": "postgresql", "pooling": "pgbouncer"}
PG_PROXY = {"database_engine": "postgresql", "pooling": "rds_proxy"}
MYSQL_PROXY = {"database_engine": "mysql", "pooling": "rds_proxy"}
TIMEOUT = '"connect_timeout": 5'
CHECKED = '"CONN_HEALTH_CHECKS": True'
CURSORS = '"DISABLE_SERVER_SIDE_CURSORS": True'

# An answer, what an owner changes in a copy of its preset, and what they are told.
BAD: list[tuple[dict[str, Any], str, str, int, str, str]] = [
    (PG_BOUNCER, TIMEOUT, '"options": "-c statement_timeout=9"', 1, "E101", "ALTER ROLE app SET"),
    (PG_BOUNCER, TIMEOUT, '"assume_role": "owner"', 1, "E102", "Log in as the role"),
    (PG_BOUNCER, CURSORS, '"DISABLE_SERVER_SIDE_CURSORS": False', 1, "E103", "past_the_pooler"),
    (PG_BOUNCER, TIMEOUT, '"prepare_threshold": 5', 0, "W107", "max_prepared_statements"),
    (PG_PROXY, TIMEOUT, '"assume_role": "owner"', 0, "W102", "InitQuery"),
    (PG_PROXY, CURSORS, '"DISABLE_SERVER_SIDE_CURSORS": False', 0, "W103", "past_the_pooler"),
    (MYSQL_PROXY, TIMEOUT, '"init_command": "SET max_statement_time = 9"', 0, "W104", "InitQuery"),
    ({}, CHECKED, '"CONN_HEALTH_CHECKS": False', 0, "W108", '"CONN_HEALTH_CHECKS": True'),
]


@pytest.mark.parametrize(
    ("answers", "old", "new", "code", "id", "way_out"), BAD, ids=[case[4] for case in BAD]
)
def test_a_bad_setting_is_reported_with_the_way_out(project, answers, old, new, code, id, way_out):
    copy = project(**answers)
    name = f"{answers.get('pooling', 'none')}_{answers.get('database_engine', 'mysql')}"
    source = (copy / "manydb" / "presets" / f"{name}.py").read_text()
    assert source.count(old) == 1
    (copy / "my_project" / "settings" / "preset.py").write_text(source.replace(old, new))
    settings = copy / "my_project" / "settings" / "production_databases.py"
    imported = f"from manydb.presets import {name} as preset\n"
    assert settings.read_text().count(imported) == 1
    settings.write_text(settings.read_text().replace(imported, "from . import preset\n"))

    returned, said = check(copy, answers.get("database_engine", "mysql"))

    assert returned == code
    (message,) = [line for line in said.splitlines() if line.startswith("?: ")]
    assert message.startswith(f"?: (manydb.{id}) default, default_RO, accounts"), said
    assert way_out in said
    assert "secret" not in said


def test_readme_lists_every_id(rendered):
    project = rendered()
    checks = (project / "manydb" / "core" / "connection_rules.py").read_text()
    ids = [line.strip(' ",') for line in checks.splitlines() if line.startswith('        "')]
    ids = [id for id in ids if id[:1] in "EW" and id[1:].isdigit()]
    assert len(ids) > 10
    readme = (project / "README.md").read_text()
    assert [id for id in ids if f"`manydb.{id}`" not in readme] == []
