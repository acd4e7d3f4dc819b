"""Gives pytest what ``manage.py test`` has from its runner: replicas that mirror, unmanaged tables.

Both fixtures are pytest-django's hooks (its documentation, "Database access"), and pytest-xdist's own
databases per worker keep working.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from manydb.testing import install_mirrors, prepare


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    prepare()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        install_mirrors()
    yield
