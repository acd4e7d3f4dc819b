"""Runs each folder with each router, and prints a line for each: python -m engine.tests.packages [FOLDER …]"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from engine.tests.packages import ROUTERS

HERE = Path(__file__).resolve().parent
LIMIT = int(os.environ.get("PACKAGES_LIMIT", "600"))  # seconds for each


class Run(NamedTuple):
    folder: str
    router: str
    passed: bool
    output: str

    def __str__(self) -> str:
        last = self.output.strip().splitlines()[-1:] or ["said nothing"]
        return (
            f"{self.folder:22} {self.router:8} {last[0] if self.passed else 'FAILED: ' + last[0]}"
        )


def run(folder: str, router: str) -> Run:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        HERE / "pytest.ini",
    ]
    command += [f"--ds=engine.tests.packages.with_{folder}.settings", HERE / f"with_{folder}"]
    try:
        done = subprocess.run(
            command,
            cwd=HERE,
            env=os.environ | {"ROUTER": router},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return Run(folder, router, False, f"took more than {LIMIT} s")
    return Run(folder, router, done.returncode == 0, done.stdout)


def wanted(folders: list[str]) -> Iterator[tuple[str, str]]:
    for folder in folders or sorted(
        path.name.removeprefix("with_") for path in HERE.glob("with_*")
    ):
        for router in ROUTERS:
            yield folder, router


def main(folders: list[str]) -> int:
    failed = []
    with ThreadPoolExecutor(int(os.environ.get("WORKERS") or os.cpu_count() or 1)) as pool:
        for found in pool.map(lambda pair: run(*pair), list(wanted(folders))):
            print(found, flush=True)
            failed += [] if found.passed else [found]
    for found in failed:
        print(f"\n=== {found.folder}, {found.router}\n{found.output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
