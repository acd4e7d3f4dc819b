"""A parameter store that does not answer: nothing starts, and one sentence says why."""

import subprocess
import sys

import pytest

from ..commands import environment, manage
from ..servers.ports import free_port
from .saying import WRONG_PASSWORD, sentences, shows_no_secret


@pytest.mark.parametrize("store", ["aws_ssm", "aws_secrets_manager"])
def test_nothing_starts_without_its_parameters(rendered, store, tmp_path):
    project = rendered(parameter_store=store, database_engine="postgresql")
    env = {
        "DJANGO_SETTINGS_MODULE": "my_project.settings.production",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": WRONG_PASSWORD,
    }
    for command in ("databases", "migrate_databases"):
        done = manage(project, command, env=env, check=False)
        (only,) = sentences(done)
        assert only.startswith("TENANTS can't be read from") and "Could not connect" in only
        assert done.stdout == ""

    served = subprocess.run(
        [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{free_port()}", "my_project.wsgi"],
        cwd=project,
        env=environment(env) | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert served.returncode != 0
    assert "TENANTS can't be read from" in served.stderr
    assert shows_no_secret(served.stderr)
