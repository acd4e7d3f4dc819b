"""What Django asks of a server when it makes test databases, for making others.

A cursor on a server, in none of its databases, and the name that a test database would have: Django has both,
for each of its engines, and documents neither. It writes the name over that of the database, so that afterwards only
``TEST`` and the test environment tell which one it is. No ticket known.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.db.backends.base.creation import TEST_DATABASE_PREFIX, BaseDatabaseCreation
from django.db.backends.utils import CursorWrapper

from manydb.patches import Patch, takes, uses


@contextmanager
def server_cursor(connection: BaseDatabaseWrapper) -> Iterator[CursorWrapper]:
    """A cursor on this connection's server, by a connection that is closed at the end."""
    with warnings.catch_warnings():
        # PostgreSQL: before it tries another way in, Django warns of the first one at length.
        warnings.simplefilter("ignore", RuntimeWarning)
        if connection.settings_dict["OPTIONS"].get("service"):
            # Django drops the service, which may say where the server is.
            with _beside(connection, "postgres") as cursor:
                yield cursor
            return
        with connection._nodb_cursor() as cursor:
            yield cursor


@contextmanager
def _beside(connection: BaseDatabaseWrapper, name: str) -> Iterator[CursorWrapper]:
    """A cursor in a database of this name on the same server."""
    kind: Any = type(connection)
    other = kind({**connection.settings_dict, "NAME": name}, NO_DB_ALIAS)
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


def is_test_database(connection: BaseDatabaseWrapper) -> bool:
    """Whether this connection leads to the database that Django makes for its tests."""
    entry, creation = connection.settings_dict, cast(Any, connection.creation)
    if entry["NAME"] == creation._get_test_db_name():
        return True
    is_named = bool(
        entry["TEST"].get("NAME")
    )  # otherwise Django puts a prefix before whatever name is there
    return not is_named and is_tested() and str(entry["NAME"]).startswith(TEST_DATABASE_PREFIX)


def is_tested() -> bool:
    """Whether a runner, or pytest-django, has set up the environment of tests."""
    utils = _utils()
    return utils is not None and hasattr(utils._TestState, "saved_data")


def _utils() -> Any:
    """Django's tools of tests, which take long to import, if anything has imported them."""
    return sys.modules.get("django.test.utils")


def _expects() -> None:
    takes(BaseDatabaseWrapper._nodb_cursor, "self")
    uses(BaseDatabaseWrapper._nodb_cursor, "settings_dict")
    creation: Any = BaseDatabaseCreation
    takes(creation._get_test_db_name, "self")
    uses(creation.create_test_db, "_get_test_db_name", "settings_dict")
    uses(creation._get_test_db_name, "TEST_DATABASE_PREFIX")
    if (utils := _utils()) is not None:
        uses(utils.setup_test_environment, "_TestState", "saved_data")


PATCH = Patch("server_cursors", tried=("5.2", "6.1"), expects=_expects)
