"""Runs one suite, with one router or without: unmodified source, in a process group of its own, within its minutes."""

import contextlib
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from .outcomes import Outcome, of_pytest, of_unittest
from .suites import HERE, Suite

ENGINE = HERE.parents[1] / "{{cookiecutter.project_slug}}"
# A suite must not see what this machine's user, or the run that starts it, has set.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "PYTHONPYCACHEPREFIX")
# A suite's own settings may read DATABASE_HOST and its like: it gets the server by ECOSYSTEM_SERVER alone.
_SERVER = ("ENGINE", "HOST", "PORT", "USER", "PASSWORD")


class NotObtained(Exception):
    """A source distribution could not be had."""


class NotGiven(Exception):
    """Tests that PyPI does not have are in no folder of ECOSYSTEM_CHECKOUTS."""


def given(suite: Suite) -> Path:
    """The checkout of a project's repository that has the tests, where its source distribution has none.

    Raises:
        NotGiven: there is none.
    """
    folder, name = os.environ.get("ECOSYSTEM_CHECKOUTS", ""), suite.sdist.replace("==", "-")
    if not folder or not (Path(folder) / name).is_dir():
        where = folder or "no folder"
        raise NotGiven(
            f"PyPI does not have its tests: ECOSYSTEM_CHECKOUTS ({where}) has no checkout {name}"
        )
    return Path(folder).resolve() / name


def obtain(suite: Suite, folder: Path) -> Path:
    """Downloads and unpacks a suite's source distribution, once; returns its top folder.

    Raises:
        NotObtained: the index does not have it, or has another file under its name.
    """
    name = suite.sdist.partition("==")[0]
    unpacked = folder / suite.sdist.replace("==", "-")
    if not (unpacked / ".complete").exists():
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir(parents=True)
        pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name]
        command = [sys.executable, *pip, "--dest", str(unpacked), suite.sdist]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        archives = [*unpacked.glob("*.tar.gz"), *unpacked.glob("*.zip")]
        if done.returncode or not archives:
            raise NotObtained(f"pip has no source of it: {done.stderr.strip().splitlines()[-1:]}")
        found = hashlib.sha256(archives[0].read_bytes()).hexdigest()
        if suite.sha256 and found != suite.sha256:
            raise NotObtained(f"{archives[0].name} has the hash {found}, not {suite.sha256}")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(unpacked, filter="data")
        (unpacked / ".complete").touch()
    (top,) = (path for path in unpacked.iterdir() if path.is_dir())
    return top


def run(suite: Suite, router: str, source: Path, results: Path) -> Outcome:
    """Runs a suite; ``router`` is "none" for the run that the others are compared with."""
    results.mkdir(parents=True, exist_ok=True)
    server = database_server()
    engine = server.get("ENGINE", "sqlite")
    stem = f"{suite.name}-{router}-{engine}".replace(" ", "_").replace(":", "")
    log, report = results / f"{stem}.txt", results / f"{stem}.xml"
    report.unlink(missing_ok=True)
    words = shlex.split(suite.command.replace("{labels}", suite.labels))
    if suite.reports == "pytest":
        words += [f"--junit-xml={report}"]
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=source / suite.folder,
            env=environment(suite, router, source)
            | {"ECOSYSTEM_SERVER": json.dumps(server)}
            | {"TWO_TENANTS_STATUSES": str(results / f"{suite.sdist}-{engine}.json")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout=suite.minutes * 60)
        except subprocess.TimeoutExpired:
            return Outcome(not_run=f"it took more than {suite.minutes:g} minutes")
        finally:
            _end(process)
    text = log.read_text(encoding="utf-8", errors="replace")
    outcome = of_pytest(report, text) if suite.reports == "pytest" else of_unittest(text)
    outcome.seconds = time.monotonic() - began
    if status not in (0, 1) and not outcome.failures and not outcome.not_run:
        outcome.not_run = f"it ended with status {status}"
    return outcome


def database_server() -> dict[str, str]:
    """The server that ``python -m tests.servers ENGINE --run`` names; empty for SQLite in memory."""
    if not os.environ.get("DATABASE_HOST"):
        return {}
    return {key: os.environ.get(f"DATABASE_{key}", "") for key in _SERVER}


def environment(suite: Suite, router: str, source: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = [HERE / "overlay", ENGINE, *(source / folder for folder in suite.path)]
    ours = {
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "ECOSYSTEM_ROUTER": router,
        "ECOSYSTEM_RUNNER": suite.runner,
    }
    if router != "none":  # by itself where manydb is installed as a distribution
        ours["PYTEST_PLUGINS"] = "manydb.testing.pytest_plugin"
    return {**kept, **ours, **suite.environment}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends what a suite may have left: its servers, its workers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
