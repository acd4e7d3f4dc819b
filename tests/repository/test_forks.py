"""A command that is forked is the command that a new Python would run."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..commands import environment
from ..forks import forks

LOOKED_AT = """
import __main__, os, sys
from django.conf import settings
print(sys.argv[1:], sys.path, sys.flags, __main__.__file__, __name__)
print(os.getcwd(), sorted(os.environ.items()), os.path.realpath("/dev/fd/0"), sorted(os.listdir("/dev/fd")))
print("to the other", file=sys.stderr)
print(settings.SETTINGS_MODULE, "pytest" in sys.modules, "django.test" in sys.modules)
"""
COMMANDS = {
    "what it sees": LOOKED_AT,
    "a sentence at the end": "import sys; sys.exit('No.')",
    "a number": "import sys; sys.exit(3)",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "at the end": "import atexit; atexit.register(print, 'closed')",
    "a thread": "import threading, time; threading.Timer(0.1, print, ['later']).start()",
}


@pytest.mark.parametrize("code", COMMANDS.values(), ids=COMMANDS.keys())
def test_it_is_the_same_process_but_for_what_is_loaded(rendered, code: str):
    project: Path = rendered()
    command = ["manage.py", "shell", "-v0", "-c", code]
    env = environment({"TENANTS": "acme"})
    plain = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert forks().can_run(command, env)
    forked = forks().run(command, project, env, timeout=60)
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )


def test_what_takes_too_long_is_ended(rendered):
    command = ["manage.py", "shell", "-v0", "-c", "import time; time.sleep(60)"]
    before = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        forks().run(command, rendered(), environment(), timeout=1)
    assert time.monotonic() - before < 30


def test_what_python_reads_at_its_start_needs_a_new_one():
    assert not forks().can_run(["manage.py", "check"], environment({"PYTHONPATH": "/elsewhere"}))
    assert not forks().can_run(["manage.py", "check"], environment({"LC_ALL": "C"}))
    assert not forks().can_run(["-c", "pass"], environment())
