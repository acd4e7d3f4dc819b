"""Scripts that run inside a rendered project, and print what they measured as JSON."""

import os
from importlib import import_module
from types import ModuleType


def project(module: str) -> ModuleType:
    """A module of the project that this runs in: ``project("conferences.models")``."""
    package = os.environ["DJANGO_SETTINGS_MODULE"].partition(".")[0]
    return import_module(f"{package}.{module}")
