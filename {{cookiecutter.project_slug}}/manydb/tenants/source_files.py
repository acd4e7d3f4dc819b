"""The project's own code, for checks that read it: without tests, migrations, and this package if it lies in it."""

from collections.abc import Sequence
from pathlib import Path

from django.apps import AppConfig, apps

from manydb.core.project import base_dir, engine_dir, package_dir

_LEFT_OUT = {"migrations", "tests", "site-packages", "node_modules"}


def own_sources(app_configs: Sequence[AppConfig] | None) -> list[Path]:
    """The Python files of these apps or, if none are named, of all apps and beside them."""
    folders = [Path(config.path) for config in app_configs or apps.get_app_configs()]
    if app_configs is None:
        folders.append(package_dir())  # views beside the apps
    files = {path for folder in folders if _is_ours(folder) for path in folder.rglob("*.py")}
    return sorted(path for path in files if _is_ours(path))


def _is_ours(path: Path) -> bool:
    if not path.is_relative_to(base_dir()) or path.is_relative_to(engine_dir()):
        return False
    return not _LEFT_OUT & set(path.relative_to(base_dir()).parts)
