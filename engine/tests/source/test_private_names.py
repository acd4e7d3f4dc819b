"""Outside of manydb.patches the engine uses of Django, and of drivers, what their documentation names."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import TestCase

from .test_imports import ENGINE

# What may be used everywhere: _meta is documented, as the methods of named tuples are, and the others are what packages
# have always used.
KNOWN = {"_meta", "_state", "_default_manager", "_base_manager", "_asdict", "_replace"}

# Private names that are no business of patches, by file, with the reason.
ALLOWED = {
    ("core/ownership.py", "_guard_row"): "the engine's own, on models",
    ("legacy/triggered.py", "_read"): "the engine's own, on objects of this class",
    ("legacy/triggered.py", "_values"): "the engine's own, on objects of this class",
    ("replicas/reads.py", "_choose"): "the engine's own, of the base class in this file",
    ("tenants/storage.py", "_open"): "documented: a storage of one's own has it",
    ("tenants/storage.py", "_save"): "documented: a storage of one's own has it",
}


@dataclass(frozen=True)
class Use:
    """A private name, or a change of a class, in a line of a file of the engine."""

    file: str
    name: str
    line: int

    def __str__(self) -> str:
        return f"manydb/{self.file}:{self.line}: {self.name}"


def is_private(name: object) -> bool:
    return isinstance(name, str) and name.startswith("_") and not name.startswith("__")


def uses_in(file: str, source: str) -> Iterator[Use]:
    """All private names that a module uses of something else than its own classes and modules."""
    for node in ast.walk(ast.parse(source)):
        names: list[object] = []
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass  # its own; what a class inherits is looked at in test_private_overrides
            case ast.Attribute(attr="__class__" | "__bases__" | "__dict__", ctx=ast.Store()):
                yield Use(file, f"{node.attr} =", node.lineno)
            case ast.Attribute():
                names = [node.attr]
            case ast.ImportFrom(module=str(module)) if not module.startswith("manydb"):
                names = [alias.name for alias in node.names]
            case ast.Call(func=ast.Name(id="getattr" | "hasattr" | "setattr" | "delattr")):
                names = [each.value for each in node.args[1:2] if isinstance(each, ast.Constant)]
            case ast.Subscript(
                value=ast.Call(func=ast.Name(id="vars")) | ast.Attribute(attr="__dict__"),
                slice=ast.Constant(value=key),
            ):
                names = [key]
        yield from (
            Use(file, str(n), node.lineno) for n in names if is_private(n) and n not in KNOWN
        )


def declared(source: str) -> set[str]:
    """The marks of models that this project has made up, such as ``_DATABASE``: in capitals, as no name of Django's."""
    return {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and is_private(node.value) and node.value.isupper()
    }


def uses() -> Iterator[Use]:
    for path in sorted(ENGINE.rglob("*.py")):
        file = path.relative_to(ENGINE).as_posix()
        source = path.read_text(encoding="utf-8")
        if not file.startswith("patches/"):
            marks = declared(source)
            yield from (use for use in uses_in(file, source) if use.name not in marks)


class PrivateNames(TestCase):
    def test_they_are_used_in_patches_alone(self) -> None:
        wrong = [str(use) for use in uses() if (use.file, use.name) not in ALLOWED]
        self.assertFalse(
            wrong,
            "Use what is documented, or move it to manydb/patches with what it expects:\n"
            + "\n".join(wrong),
        )

    def test_what_is_allowed_is_still_used(self) -> None:
        found = {(use.file, use.name) for use in uses()}
        self.assertLessEqual(set(ALLOWED), found, "Take what is gone off the list.")

    def test_each_way_to_use_one_is_found(self) -> None:
        cases = {
            "model._expire_cache()": "_expire_cache",
            "super()._cursor()": "_cursor",
            "from django.test.testcases import _DatabaseFailure": "_DatabaseFailure",
            "getattr(manager, '_queryset_class')": "_queryset_class",
            "setattr(store, '_session_key', None)": "_session_key",
            "vars(queryset)['_query']": "_query",
            "queryset.__dict__['_result_cache']": "_result_cache",
            "model.__bases__ = ()": "__bases__ =",
            "cursor.__class__ = Other": "__class__ =",
        }
        for source, name in cases.items():
            with self.subTest(source=source):
                self.assertEqual([use.name for use in uses_in("x.py", source)], [name])

    def test_what_is_documented_or_ones_own_is_not(self) -> None:
        for source in (
            "model._meta.label",
            "instance._state.db",
            "self._cursor",
            "model.__name__",
            "self.__class__.__mro__",
            "from manydb.core.routing import _real",
        ):
            with self.subTest(source=source):
                self.assertEqual(list(uses_in("x.py", source)), [])
