"""The tenant of tests. Its database is named with ``.using(DB)``, as everywhere in this project."""

from contextlib import AbstractContextManager, nullcontext

DB = "TESTCLIENT"


def in_testclient() -> AbstractContextManager[None]:
    """Nothing to enter: this project's router knows no active tenant."""
    return nullcontext()
