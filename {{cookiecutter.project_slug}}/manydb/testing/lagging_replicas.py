"""Replicas that lag, for tests: elsewhere in tests a replica is its primary, and has every row at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from manydb.replicas import positions


@contextmanager
def replicas_lag() -> Iterator[None]:
    """Inside, a write takes REPLICA_MAX_LAG seconds to reach a replica, as far as requests know.

    The rows are there: look at which alias was read, not at what was found.
    """
    with (
        patch.object(positions, "same_server", lambda replica, primary: False),
        patch.object(positions, "dialect_for", lambda connection: None),
    ):
        yield
