"""What a command is about to change in files, and whether it may."""

import sys
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from django.core.management.base import CommandError, OutputWrapper

from manydb.core.project import base_dir


def show(out: OutputWrapper, files: Mapping[Path, str]) -> None:
    """The difference between the files and these texts."""
    for path, text in files.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        name = path.relative_to(base_dir()) if path.is_relative_to(base_dir()) else path
        lines = unified_diff(
            before.splitlines(), text.splitlines(), f"{name}", f"{name} (new)", n=2, lineterm=""
        )
        for line in lines:
            out.write(line)


def ask() -> None:
    """Asks whether to write the files.

    Raises:
        CommandError: they stay as they are.
    """
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask whether to write this: add --yes.")
    if input("Write this? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was changed.")
