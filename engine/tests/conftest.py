"""The databases of the tests, as those of a generated project are made: by the engine's plugin.

The directory of a test says with which router it runs: ``common`` with each, ``with_replicas`` with
ReplicaRouter and TenantRouter, ``placed`` where TENANT_APPS has all apps, the others with their own. ``source`` reads the engine's source and needs
no database: it runs once, on SQLite, where all of the engine's apps are. One run is of one router:
``make engine`` runs pytest once for each.
"""

import gc
from pathlib import Path

import django
from django.conf import settings

from .expectations import ROUTER

pytest_plugins = ["manydb.testing.pytest_plugin"]

HERE = Path(__file__).resolve().parent

DIRECTORIES = {
    "simple": {"common", "simple"},
    "replica": {"common", "with_replicas", "replica"},
    "tenant": {"common", "with_replicas", "tenant", "source"},
    "placed": {"placed"},
    "tenant_default": {"placed", "tenant_default"},
}
if settings.HOST:
    DIRECTORIES["tenant"].remove("source")

# Django has tasks since 6.0.
collect_ignore = [] if django.VERSION >= (6,) else ["tenant/test_django_tasks.py"]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    directory = collection_path.relative_to(HERE).parts[:1]
    others = {path.name for path in HERE.iterdir() if path.is_dir()} - DIRECTORIES[ROUTER]
    return True if others.intersection(directory) else None


def pytest_collection_finish() -> None:
    gc.freeze()  # what all tests share stays: it need not be looked through for garbage again and again


def pytest_report_header() -> str:
    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    return f"router: {ROUTER}, databases: {engine}"
