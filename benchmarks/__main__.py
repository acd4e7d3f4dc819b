"""Runs every benchmark, one after the other: python -m benchmarks [--short]. Ends with 1 if one misses a bound."""

import subprocess
import sys
from pathlib import Path

from .frame import short

# What they share, and what runs inside a project.
OTHERS = {"__init__", "__main__", "clients", "frame"}


def main() -> None:
    options = ["--short"] if short(__doc__) else []
    missed = []
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in OTHERS:
            continue
        print(f"\n{path.stem}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{path.stem}", *options]).returncode:
            missed.append(path.stem)
    sys.exit(f"\nMissed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
