"""Runs every benchmark, one after the other: python -m benchmarks [--short]. Ends with 1 if one misses a bound."""

import subprocess
import sys
from pathlib import Path

from .frame import short


def names() -> list[str]:
    """The modules here whose first line says how to run them."""
    paths = sorted(Path(__file__).parent.glob("*.py"))
    return [
        path.stem
        for path in paths
        if f"python -m benchmarks.{path.stem}" in path.read_text(encoding="utf-8").split("\n", 1)[0]
    ]


def main() -> None:
    options = ["--short"] if short(__doc__) else []
    missed = []
    for name in names():
        print(f"\n{name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options]).returncode:
            missed.append(name)
    sys.exit(f"\nMissed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
