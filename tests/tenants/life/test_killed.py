"""Commands that end at any of their lines: killed, or by a failure."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ...commands import PROBES, environment, run
from ...servers.fixtures import ENGINES
from .two_servers import Project, add_server

# At every n-th line that the commands run: an odd number, for a case goes on in one of two ways at odd and even lines.
# Every line takes an hour or two.
SOME, EVERY = "361", "1"
long = pytest.mark.long


@pytest.mark.parametrize(
    ("project", "every"),
    [
        ("mysql", SOME),  # where a server takes no statement of a command back
        pytest.param("postgresql", SOME, marks=long),
        *(pytest.param(engine, EVERY, marks=long) for engine in ENGINES),
    ],
    indirect=["project"],
)
def test_kill_9_at_a_line_loses_nothing_and_says_what_to_do(project: Project, every: str) -> None:
    check_lines(project.folder, project.env, "kill", every)


def check_lines(folder: Path, env: dict[str, str], way: str, every: str) -> None:
    assert int(every) % 2, "an even number looks at odd lines only, and so at one way to go on"
    env = env | {"DJANGO_SETTINGS_MODULE": f"{folder.name}.settings.development"}
    done = run(folder, str(PROBES / "killed.py"), way, every, env=env, timeout=6 * 3600)
    result = json.loads(done.stdout)
    assert set(result) >= {"create_tenant", "move_tenant", "restore_tenant --replace"}
    assert {name: case["wrong"] for name, case in result.items() if case["wrong"]} == {}
    for name, case in result.items():
        assert case["lines"] > 50, (name, case)  # or it looks at other files than those that run
        assert case["ended"] >= case["lines"] // int(every)


@pytest.mark.parametrize("every", [SOME, pytest.param(EVERY, marks=long)])
def test_a_failure_at_a_line_leaves_nothing(bootstrapped: Callable[..., Path], every: str) -> None:
    """On SQLite: what is tidied up is decided by code that knows no engine."""
    folder = bootstrapped(router="tenant")
    folder = folder.rename(folder.with_name("my_project"))
    add_server(folder, "", 0)
    check_lines(folder, {}, "fail", every)


def test_ctrl_c_is_one_sentence_and_leaves_the_tenant_as_it_was(
    project: Project, tenant: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "manage.py", "move_tenant", tenant, "--to", "eu", "--wait", "60"],
        cwd=project.folder,
        env=environment(project.env),
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests themselves run in a shell's background, SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as move:
        assert move.stderr and "waiting 60 s" in move.stderr.readline()
        move.send_signal(signal.SIGINT)
        assert move.stderr.read().startswith("CommandError: Stopped. list_tenants shows")
    assert move.returncode == 130
    project.register(tenant, "ada")
    assert project.state(tenant)["next"] == ""
