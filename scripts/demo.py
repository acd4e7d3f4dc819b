"""Renders the default project into demo/, installs it, fills its databases and asks it one page per tenant.

Needs Python 3.11 or newer and nothing else: no database server, and no package installed before.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo"
MARK = DEMO / ".made-by-make-demo"
PROJECT = DEMO / "my_project"
TENANTS = ("acme", "globex")
BIN = "Scripts" if os.name == "nt" else "bin"


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  any Python may be asked to run this
        sys.exit(f"This demo needs Python 3.11 or newer, and this is {sys.version.split()[0]}.")
    if DEMO.exists() and not MARK.exists():
        sys.exit(f"{DEMO} is there and was not made by this demo: move it away first.")
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    MARK.touch()

    tools = make_environment(DEMO / ".cookiecutter")
    say("Rendering the default answers with cookiecutter")
    run(tools, "-m", "pip", "install", "-q", "cookiecutter")
    config = DEMO / ".cookiecutter" / "config.json"  # so that the answers are not kept in your home
    config.write_text(
        json.dumps({"replay_dir": str(DEMO / ".cookiecutter" / "replay")}), encoding="utf-8"
    )
    answers = ("--no-input", "--config-file", str(config), "--output-dir", str(DEMO))
    run(tools, "-m", "cookiecutter", *answers, str(ROOT), quiet=True)

    say("Installing the project")
    python = make_environment(PROJECT / ".venv")
    run(python, "-m", "pip", "install", "-q", "-e", ".", cwd=PROJECT)

    say("python manage.py bootstrap")
    run(python, "manage.py", "bootstrap", cwd=PROJECT)
    say("python manage.py databases")
    run(python, "manage.py", "databases", cwd=PROJECT)

    say("One HTTP round trip per tenant")
    with Server(python) as server:
        for tenant in TENANTS:
            print(f"    {tenant}.localhost -> {server.conferences_of(tenant)}")

    python_there = Path(".venv") / BIN / "python"
    print(f"\nIt works. To serve it yourself:\n\n    cd {PROJECT.relative_to(ROOT)}")
    print(f"    {python_there} manage.py runserver")
    print("\nthen open http://localhost:8000/ and http://acme.localhost:8000/")


def say(text: str) -> None:
    print(f"\n==> {text}", flush=True)


def make_environment(folder: Path) -> str:
    venv.create(folder, with_pip=True)
    return str(folder / BIN / "python")


def run(python: str, *arguments: str, cwd: Path = DEMO, quiet: bool = False) -> None:
    output = subprocess.DEVNULL if quiet else None
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run([python, *arguments], cwd=cwd, stdout=output, env=environment)
    if done.returncode:
        sys.exit(f"The demo stopped: {' '.join(arguments)} ended with {done.returncode}.")


class Server:
    """``manage.py runserver`` on a free port, for as long as the ``with`` block lasts."""

    def __init__(self, python: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.command = [python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]

    def __enter__(self) -> "Server":
        self.log = (DEMO / "runserver.log").open("w")
        self.process = subprocess.Popen(self.command, cwd=PROJECT, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.page("localhost")
                return self
            except urllib.error.URLError:
                time.sleep(0.1)
        self.__exit__()
        sys.exit(f"The demo stopped: the server did not answer; see {DEMO / 'runserver.log'}.")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def page(self, host: str) -> str:
        """The start page, as a browser would get it that was sent to this host."""
        address = f"http://127.0.0.1:{self.port}/"
        request = urllib.request.Request(address, headers={"Host": f"{host}:{self.port}"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()

    def conferences_of(self, tenant: str) -> str:
        page = self.page(f"{tenant}.localhost")
        table = page.partition('<table id="conferences">')[2].partition("</table>")[0]
        rows = table.partition("<tbody>")[2].count("<tr>")
        if f'id="tenant">{tenant}<' not in page or not rows:
            sys.exit(f"The demo stopped: the page of {tenant} does not show its conferences.")
        return f"200, {rows} conferences"


if __name__ == "__main__":
    main()
