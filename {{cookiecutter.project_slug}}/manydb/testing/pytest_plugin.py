"""Gives pytest what ``manage.py test`` has from ``Runner``; works beside pytest-django.

pytest-django makes the test databases in its fixture ``django_db_setup``, and a project may override that.
This plugin overrides no fixture, since the plugin that is registered last would win. It does its part
before and after whichever fixture of that name is set up. pytest-xdist's databases per worker keep working.
"""

from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Generator[None, Any, Any]:
    """Prepares the test databases before they are made, and makes replicas mirrors afterwards."""
    if fixturedef.argname != "django_db_setup" or not _is_used():
        return (yield)
    from manydb.testing import install_mirrors, prepare
    from manydb.testing.copied_databases import copied_databases
    from manydb.testing.tenant_of_tests import activate

    activate()
    prepare()
    with copied_databases():
        result = yield
    with request.getfixturevalue("django_db_blocker").unblock():
        install_mirrors()
    return result


def _is_used() -> bool:
    """Whether the tests are those of a Django project that has manydb among its apps."""
    from django.apps import apps
    from django.conf import settings

    return settings.configured and apps.is_installed("manydb.core")
