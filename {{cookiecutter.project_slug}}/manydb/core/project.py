"""Where the project is that this package serves: asked of its settings, never of this file's place."""

from importlib.util import find_spec
from pathlib import Path

from django.conf import settings


def package() -> str:
    """The name of the project's own package: the first part of ROOT_URLCONF, if there is one."""
    return str(getattr(settings, "ROOT_URLCONF", "")).partition(".")[0]


def package_dir() -> Path:
    """The folder of the project's own package."""
    spec = find_spec(package()) if package() else None
    if spec is None or not spec.submodule_search_locations:
        return base_dir()
    return Path(spec.submodule_search_locations[0])


def engine_dir() -> Path:
    """The folder of this package."""
    return Path(__file__).parents[1]


def base_dir() -> Path:
    """The folder of the whole project: BASE_DIR, or where the command was started."""
    return Path(getattr(settings, "BASE_DIR", None) or Path.cwd())
