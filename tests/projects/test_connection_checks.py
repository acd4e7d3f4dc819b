"""`manage.py check` with production's settings is silent about every preset."""

from pathlib import Path

import pytest

from ..commands import manage
from ..production import DOMAIN, SECRET_KEY, TENANTS
from ..rendering import COMBINATIONS, name_of
from ..servers.fixtures import require
from ..servers.ports import free_port

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


def test_the_manual_lists_every_id(rendered):
    project = rendered()
    checks = (project / "manydb" / "core" / "connection_rules.py").read_text()
    ids = [line.strip(' ",') for line in checks.splitlines() if line.startswith('        "')]
    ids = [id for id in ids if id[:1] in "EW" and id[1:].isdigit()]
    assert len(ids) > 10
    page = (project / "manydb/docs/reference/checks.md").read_text()
    assert [id for id in ids if f"`manydb.{id}`" not in page] == []
