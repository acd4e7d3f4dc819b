"""Several files written as one: all of them or, whatever happens, none."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written(files: Mapping[Path, str]) -> Iterator[None]:
    """The files have their new text inside the block, and keep it if it ends without an exception."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    folders = [folder for path in files for folder in _missing(path.parent)]
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, text.encode())
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != content:
                _replace(path, content)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _missing(folder: Path) -> list[Path]:
    return [part for part in (folder, *folder.parents) if not part.exists()]


def _replace(path: Path, content: bytes) -> None:
    """In one step, so that a reader finds the old file or the new one, and secrets only if it may."""
    path = path.resolve()
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with open(os.open(unfinished, flags, 0o600), "wb") as file:
            file.write(content)
        if path.exists():
            shutil.copymode(path, unfinished)
        elif path.name != ".env":
            unfinished.chmod(0o644)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
