"""The databases of the tests, as the conftest.py of a generated project makes them.

The directory of a test says with which router it runs: ``common`` with each, ``with_replicas`` with
ReplicaRouter and TenantRouter, the others with their own. One run is of one router: ``make engine``
runs pytest once for each.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest

from manydb.testing import install_mirrors, prepare

from .expectations import ROUTER

HERE = Path(__file__).resolve().parent

DIRECTORIES = {
    "simple": {"common", "simple"},
    "replica": {"common", "with_replicas", "replica"},
    "tenant": {"common", "with_replicas", "tenant"},
}
# Django has tasks since 6.0.
collect_ignore = [] if django.VERSION >= (6,) else ["tenant/test_django_tasks.py"]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    directory = collection_path.relative_to(HERE).parts[:1]
    others = set().union(*DIRECTORIES.values()) - DIRECTORIES[ROUTER]
    return True if others.intersection(directory) else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    prepare()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        install_mirrors()
    yield
