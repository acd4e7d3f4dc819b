"""Finds generators that yield inside ``with tenant_context(…)``, by reading the source.

The tenant would be active in the code that takes the value, and another one, or none, when the generator goes on.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from manydb.core.findings import Warning
from manydb.core.late_checks import register
from manydb.tenants.source_files import own_sources

_SCOPES = {"tenant_context", "no_tenant"}
_IN_ORDER = {"contextmanager", "asynccontextmanager", "fixture"}  # their callers expect it
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@register()
def check_generators(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W207: a generator leaves its tenant active between its steps."""
    return [
        Warning(
            "A tenant stays active where this generator yields, and may be another one when it goes on.",
            hint="Decorate the generator with @tenant_context(…), or yield outside of the block.",
            obj=f"{path}:{line}",
            id="manydb.W207",
        )
        for path in own_sources(app_configs)
        if "yield" in (source := path.read_text(encoding="utf-8"))
        if any(scope in source for scope in _SCOPES)
        for line in _leaking(ast.parse(source))
    ]


def _leaking(module: ast.Module) -> Iterator[int]:
    for function in ast.walk(module):
        if not isinstance(function, _FUNCTIONS) or _IN_ORDER & _names(function.decorator_list):
            continue
        for block in _within(function):
            if (
                isinstance(block, ast.With | ast.AsyncWith)
                and _SCOPES & _names([item.context_expr for item in block.items])
                and any(isinstance(part, ast.Yield | ast.YieldFrom) for part in _within(block))
            ):
                yield block.lineno


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a function or a block, but for functions in it, which run on their own."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*_FUNCTIONS, ast.Lambda)):
            yield child
            yield from _within(child)


def _names(expressions: list[ast.expr]) -> set[str]:
    names: list[Any] = [each.func if isinstance(each, ast.Call) else each for each in expressions]
    return {getattr(name, "id", "") or getattr(name, "attr", "") for name in names}
