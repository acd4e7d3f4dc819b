"""Finds transactions and cursors on ``default`` around work on tenants' rows, by reading the source.

``atomic()`` and ``connection.cursor()`` mean ``default`` whatever tenant is active: a failure would roll back
nothing of the tenant's.
"""

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage

from manydb.core.conf import conf
from manydb.core.findings import Warning
from manydb.core.late_checks import register
from manydb.core.routing import PER_TENANT, home_of
from manydb.tenants.source_files import own_sources


@register()
def check_transactions(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.W201 and manydb.W202: work on tenants' rows in a transaction, or a cursor, of ``default``."""
    if conf.TENANT_DEFAULT:
        return []  # default is the tenant's own
    models = [model for model in apps.get_models() if home_of(model) == PER_TENANT]
    classes = {model.__name__ for model in models}
    names = "|".join(re.escape(model._meta.db_table) for model in models)
    tables = re.compile(rf"\b(?:{names})\b")
    return [
        message
        for path in own_sources(app_configs)
        if re.search(r"\batomic\b|\bcursor\(", source := path.read_text(encoding="utf-8"))
        for message in _Reader(path, classes, tables).read(source)
        if models
    ]


class _Reader(ast.NodeVisitor):
    def __init__(self, path: Path, classes: set[str], tables: re.Pattern[str]) -> None:
        self.path, self.classes, self.tables = path, classes, tables
        self.found: list[CheckMessage] = []

    def read(self, source: str) -> list[CheckMessage]:
        self.visit(ast.parse(source))
        return self.found

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        self._look_at([item.context_expr for item in node.items], node)

    visit_AsyncWith = visit_With

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        texts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
        if any(isinstance(text, str) and self.tables.search(text) for text in texts):
            for call in (part for part in ast.walk(node) if isinstance(part, ast.Call)):
                if _is_defaults_cursor(call):
                    self._report("W202", call.lineno, 'connections["<TENANT>"].cursor()')
        self._look_at(node.decorator_list, node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _look_at(self, scopes: list[ast.expr], node: Any) -> None:
        """A block and what opens it; a block with a transaction for the tenant, too, is in order."""
        if any(_atomic_on(scope) == "other" for scope in scopes):
            return
        within = [part for child in node.body for part in ast.walk(child)]
        opens_both = any(
            _atomic_on(part) == "other" for part in within if isinstance(part, ast.Call)
        )
        if (
            any(_atomic_on(scope) == "default" for scope in scopes)
            and any(map(self._is_tenants, within))
            and not opens_both
        ):
            self._report("W201", node.lineno, "tenant_atomic()")
        self.generic_visit(node)

    def _is_tenants(self, node: ast.AST) -> bool:
        name = getattr(node, "id", None) or getattr(node, "attr", None)
        return isinstance(node, ast.Name | ast.Attribute) and name in self.classes

    def _report(self, number: str, line: int, instead: str) -> None:
        what = {"W201": "A transaction on default surrounds", "W202": "A cursor of default does"}
        self.found.append(
            Warning(
                f"{what[number]} work on tenants' rows.",
                hint=f"Use {instead}; for both databases, open both.",
                obj=f"{self.path}:{line}",
                id=f"manydb.{number}",
            )
        )


def _atomic_on(node: ast.AST) -> str | None:
    """``default`` or ``other``: whose transaction an expression opens, if it opens one."""
    call = node.func if isinstance(node, ast.Call) else node
    name = getattr(call, "id", None) or getattr(call, "attr", None)
    if name == "tenant_atomic":
        return "other"
    if name != "atomic":
        return None
    using: list[ast.expr] = []
    if isinstance(node, ast.Call):
        using = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "using")]
    values = [value.value if isinstance(value, ast.Constant) else "?" for value in using]
    return "default" if all(value in (None, "default") for value in values) else "other"


def _is_defaults_cursor(call: ast.Call) -> bool:
    return ast.unparse(call.func) in ("connection.cursor", "connections['default'].cursor")
