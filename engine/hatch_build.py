"""Where the engine's source is: in the folder that the template copies, or beside this file in an sdist."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


def source(root: str) -> Path:
    """The folder ``manydb``."""
    beside = Path(root, "manydb")
    return beside if beside.is_dir() else Path(root).parent / "{{cookiecutter.project_slug}}/manydb"


class Source(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Takes what git knows, and no compiled file."""
        folder = source(self.root)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                target = f"manydb/{path.relative_to(folder).as_posix()}"
                build_data["force_include"][str(path)] = target


class Version(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        """Reads the version without importing the engine, which needs Django."""
        text = (source(self.root) / "__init__.py").read_text(encoding="utf-8")
        found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
        if found is None:
            raise ValueError("manydb/__init__.py has no __version__")
        metadata["version"] = found[1]
