"""No class of the engine outside of manydb.patches overrides or sets what Django's classes keep to themselves."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from unittest import TestCase

from django.core.exceptions import ImproperlyConfigured

from .test_imports import OPTIONAL_PACKAGES, modules
from .test_private_names import KNOWN

# A custom storage is documented to have these.
DOCUMENTED = {"_open", "_save"}
# What unittest gives to each class of tests.
UNITTESTS = {*vars(type("Tests", (TestCase,), {}))}


@cache
def names_in_source(module: str) -> dict[str, set[str]]:
    """What the classes of a module define, and use of ``self`` and ``cls``, by the name of the class."""
    try:
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    except (OSError, TypeError):  # made at run time
        return {}
    return {
        node.name: {name for part in ast.walk(node) for name in names_of(part)}
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


def names_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            yield name


@cache
def private_names(kind: type) -> frozenset[str]:
    """Names of a class that begin with one underscore; not what others set on it, as unittest does."""
    names = names_in_source(kind.__module__).get(kind.__name__) or set(vars(kind))
    mangled = f"_{kind.__name__.lstrip('_')}__"
    return frozenset(
        name
        for name in names
        if name.startswith("_")
        and not name.startswith(("__", mangled))
        and name not in KNOWN | DOCUMENTED
        and name not in UNITTESTS
    )


def overrides(kind: type) -> Iterator[str]:
    """The private names that a class shares with a class of Django's that it derives from."""
    for base in kind.__mro__[1:]:
        if base.__module__.startswith("django."):
            for name in sorted(private_names(kind) & private_names(base)):
                yield f"{kind.__module__}.{kind.__name__}.{name}, which is {base.__module__}.{base.__name__}'s"


def engine_modules() -> Iterator[ModuleType]:
    """Without those that need a driver that is not installed: `make test` installs them."""
    for name in modules():
        if not name.startswith("manydb.patches"):
            try:
                yield importlib.import_module(name)
            except (ImproperlyConfigured, ModuleNotFoundError) as error:
                # Django's backends say ImproperlyConfigured, from the error of the import.
                missing = getattr(error.__cause__ or error, "name", None)
                if str(missing).split(".")[0] not in OPTIONAL_PACKAGES:
                    raise


class PrivateOverrides(TestCase):
    def test_there_is_none(self) -> None:
        wrong = [
            found
            for module in engine_modules()
            for kind in vars(module).values()
            if isinstance(kind, type) and kind.__module__ == module.__name__
            for found in overrides(kind)
        ]
        self.assertFalse(
            wrong,
            "Move what overrides them to manydb/patches, with what it expects:\n"
            + "\n".join(wrong),
        )

    def test_one_would_be_found(self) -> None:
        from django.contrib.sessions.backends.base import SessionBase
        from django.db.models import QuerySet

        class Store(SessionBase):
            def _validate_session_key(self, key):
                return True

        class Writing(QuerySet):
            def write(self):
                self._for_write = True

        self.assertTrue(any("_validate_session_key" in found for found in overrides(Store)))
        self.assertTrue(any("_for_write" in found for found in overrides(Writing)))
