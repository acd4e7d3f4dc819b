"""Byte code of renderings: each source is compiled once in a run, however many projects hold it.

Commands in these projects write none, for a test may change a file twice in a second. What lies here is of the kind
that holds a hash of its source: Python reads it at any path, and compiles a source that a test has changed.
"""

import contextlib
import hashlib
import os
import py_compile
import sys
from pathlib import Path


def give(project: Path, cache: Path) -> None:
    """Puts byte code beside each source of a project."""
    cache.mkdir(parents=True, exist_ok=True)
    for source in project.rglob("*.py"):
        made = cache / f"{hashlib.sha1(source.read_bytes()).hexdigest()}.pyc"
        if not made.exists():
            compile_once(source, made)
        place = source.parent / "__pycache__"
        place.mkdir(exist_ok=True)
        os.link(made, place / f"{source.stem}.{sys.implementation.cache_tag}.pyc")


def compile_once(source: Path, made: Path) -> None:
    """Another worker may do the same: each writes a file of its own, and the first one stays.

    If the last one took its place, a link to the first, made in that moment, would fail.
    """
    unfinished = made.with_name(f"{made.name}.{os.getpid()}")
    kind = py_compile.PycInvalidationMode.CHECKED_HASH
    py_compile.compile(str(source), str(unfinished), doraise=True, invalidation_mode=kind)
    with contextlib.suppress(FileExistsError):
        os.link(unfinished, made)
    unfinished.unlink()
