"""Commands that end at any of their lines: killed, or by a failure."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from ..projects import run
from .two_servers import PROBES, Project, add_server

# At every n-th line that the commands run: 1 takes an hour or two, and CONTRIBUTING says how.
EVERY = os.environ.get("KILLED_EVERY", "80")


def test_kill_9_at_any_line_loses_nothing_and_says_what_to_do(project: Project) -> None:
    check_every_line(project.folder, project.env, "kill")


def check_every_line(folder: Path, env: dict[str, str], way: str) -> None:
    env = env | {"DJANGO_SETTINGS_MODULE": f"{folder.name}.settings.development"}
    done = run(folder, str(PROBES / "killed.py"), way, EVERY, env=env, timeout=3600)
    result = json.loads(done.stdout)
    assert set(result) >= {"create_tenant", "move_tenant", "restore_tenant --replace"}
    assert {name: case["wrong"] for name, case in result.items() if case["wrong"]} == {}
    for case in result.values():
        assert case["ended"] >= case["lines"] // int(EVERY)


def test_a_failure_at_any_line_leaves_nothing(bootstrapped: Callable[..., Path]) -> None:
    """On SQLite: what is tidied up is decided by code that knows no engine."""
    folder = bootstrapped(router="tenant")
    folder = folder.rename(folder.with_name("my_project"))
    add_server(folder, "", 0)
    check_every_line(folder, {}, "fail")
