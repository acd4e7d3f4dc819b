"""Abstract classes of tables that are gone: the owner's classes still derive from them, so they stay for a while."""

import ast
from collections.abc import Container
from dataclasses import dataclass, field

from manydb.legacy.choices import MODELS


@dataclass(frozen=True, slots=True)
class Former:
    """Texts of classes, and the dotted paths of what they import."""

    classes: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)


def former(source: str, names: Container[str]) -> Former:
    """The classes of these names in a module that a refresh has written."""
    tree = ast.parse(source)
    lines = source.splitlines()
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in names]
    used = {node.id for each in found for node in ast.walk(each) if isinstance(node, ast.Name)}
    imports = {
        f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in used and f"{node.module}.{alias.name}" != MODELS
    }
    return Former(["\n".join(lines[each.lineno - 1 : each.end_lineno]) for each in found], imports)
