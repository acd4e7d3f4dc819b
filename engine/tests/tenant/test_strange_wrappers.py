"""A package that stands around a function of Django's before the engine does: the engine's change is made all the same."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any
from unittest.mock import patch

from django.contrib import auth
from django.contrib.admin import AdminSite
from django.db.models import QuerySet
from django.test import SimpleTestCase

from manydb.patches import (
    Unexpected,
    authentication,
    generic_foreign_keys,
    is_ours,
    ours,
    package_querysets,
    registered_admins,
    uses,
)
from manydb.tenants.membership.admission import door


def around(original: Callable[..., Any]) -> Callable[..., Any]:
    """As instruments of traces and metrics do."""

    @wraps(original)
    def instrument(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)

    return instrument


original_clone: Any = QuerySet._clone


def replaced(self: Any) -> Any:
    """As packages keep what they add to a queryset."""
    cloned = original_clone(self)
    cloned.added = True
    return cloned


class StrangeWrappers(SimpleTestCase):
    def test_a_change_is_made_behind_one(self) -> None:
        descriptor = generic_foreign_keys._descriptor
        cases: dict[str, tuple[Any, tuple[str, ...], Callable[[], None]]] = {
            "authentication": (
                auth,
                ("load_backend", "get_user", "aget_user"),
                lambda: authentication.install(door),
            ),
            "admins": (
                AdminSite,
                ("register",),
                lambda: registered_admins.install(lambda model_admin: None),
            ),
            "generic keys": (
                descriptor,
                (generic_foreign_keys._name, "__set__"),
                lambda: generic_foreign_keys.install(lambda *args: None),
            ),
        }
        for name, (owner, functions, install) in cases.items():
            with self.subTest(name):
                strangers = {each: around(plain(getattr(owner, each))) for each in functions}
                with patch.multiple(owner, **strangers):
                    self.assertFalse(any(is_ours(getattr(owner, each)) for each in functions))
                    install()
                    first = getattr(owner, functions[0])
                    self.assertTrue(is_ours(first))
                    install()
                    self.assertIs(getattr(owner, functions[0]), first)  # made once

    def test_djangos_method_is_found_that_a_package_keeps_by_a_name_of_its_module(self) -> None:
        with patch.object(QuerySet, "_clone", replaced):
            package_querysets.PATCH.verify()
            with self.assertRaises(Unexpected):
                uses(QuerySet._clone, "what_no_clone_has")

    def test_one_that_stands_around_the_engines_is_seen_through(self) -> None:
        self.assertTrue(is_ours(around(ours(lambda: None))))


def plain(function: Any) -> Any:
    """Django's own, without a mark that a wrapper has copied."""
    return inspect.unwrap(function)
