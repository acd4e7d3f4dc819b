"""The routers that generated projects get: whole files of the template, loaded from there as they are."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "routers"
MODULES = {"DBRouter": "simple", "ReplicaRouter": "replica", "TenantRouter": "tenant"}


def _load(name: str) -> ModuleType:
    spec = spec_from_file_location(f"{__name__}.{name}", TEMPLATES / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(name)
    return getattr(_load(MODULES[name]), name)
