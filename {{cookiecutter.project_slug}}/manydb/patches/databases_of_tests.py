"""A test that names ``default`` may use what ``default`` is in this project.

Django's test classes have ``databases = {"default"}``, and tests that were written for one database name no other.
Where tenants have the rows, that is not enough, and where ``default`` is the active tenant's database no database of
that name is made. Test classes, the runner and pytest-django go by names in three places, of which Django calls
two functions; no setting changes what they are given. No ticket known.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.test import SimpleTestCase, utils

from manydb.patches import Patch, takes, uses

ALL = "__all__"
_djangos: Any = vars(SimpleTestCase)["_validate_databases"]
_find = utils.get_unique_databases_and_mirrors


Meant = Callable[[Iterable[str]], set[str]]


def install(meant: Meant, meant_for_fixtures: Meant) -> None:
    """Has the databases that tests name replaced by those that are meant. Fixtures are loaded into each of them."""
    PATCH.verify()

    def validate(cls: Any) -> Any:
        if cls.databases != ALL:
            has_fixtures = bool(getattr(cls, "fixtures", None))
            cls.databases = (meant_for_fixtures if has_fixtures else meant)(cls.databases)
        return _djangos.__func__(cls)

    def find(aliases: Iterable[str] | None = None) -> Any:
        return _find(None if aliases is None else meant(aliases))

    test_case: Any = SimpleTestCase
    test_case._validate_databases = classmethod(validate)
    utils.get_unique_databases_and_mirrors = find


def _expects() -> None:
    uses(_djangos.__func__, "databases", "connections")
    uses(SimpleTestCase._add_databases_failures, "_validate_databases")  # type: ignore[attr-defined]
    takes(_find, "aliases=None")
    uses(_find, "connections", "DEFAULT_DB_ALIAS")
    uses(utils.setup_databases, "get_unique_databases_and_mirrors")


PATCH = Patch("databases_of_tests", tried=("5.2", "6.1"), expects=_expects)
