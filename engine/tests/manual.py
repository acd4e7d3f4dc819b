"""The blocks of code of the manual, and what it takes to run those of Python."""

import ast
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import RequestFactory, TestCase
from django.test.utils import isolate_apps

import manydb
from manydb import exceptions
from manydb.replicas.middleware import ReadYourWrites
from manydb.testing import aliases_used

MANUAL = Path(manydb.__file__).parent / "docs"

BLOCK = re.compile(
    r"(?:^ *<!-- not run: (?P<reason>.*?) -->\n+)?^ *```(?P<kind>\w+)\n(?P<text>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)

# Pages whose blocks a test of the template types or runs in a project, or one of the engine's in a case of its own.
TYPED = {
    "existing_project.md": "tests/projects/test_existing_project.py",
    "first-app.md": "tests/projects/test_first_app.py",
    "first-deployment.md": "tests/projects/test_first_deployment.py",
    "legacy-models.md": "engine/tests/simple/test_refresh.py",
    "monitoring.md": "engine/tests/packages/with_tenants_in_traces/settings.py",
    "operations/parameter-stores.md": "tests/parameters/test_stores_of_the_manual.py",
    "tutorial/replica.md": "tests/projects/test_tutorial_pages.py",
    "tutorial/simple.md": "tests/projects/test_tutorial_pages.py",
    "tutorial/tenant-2.md": "tests/projects/test_tutorial_pages.py",
    "tutorial/tenant.md": "tests/projects/test_tutorial_pages.py",
    "write-a-command.md": "tests/projects/test_first_app.py",
}


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    section: str
    kind: str
    text: str
    reason: str  # why no test runs it; "" if one does

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> Iterator[Block]:
    for path in sorted(MANUAL.rglob("*.md")):
        page = path.read_text(encoding="utf-8")
        for found in BLOCK.finditer(page):
            line = page.count("\n", 0, found.start("text")) + 1
            name = path.relative_to(MANUAL).as_posix()
            section = re.findall(r"^#+ (.*)$", page[: found.start()], re.MULTILINE)[-1]
            text = textwrap.dedent(found["text"])
            yield Block(name, line, section, found["kind"], text, found["reason"] or "")


def python_for(router: str) -> dict[str, list[Block]]:
    """The blocks to run in a site with this router, by page: a heading may name another one."""
    found: dict[str, list[Block]] = {}
    for block in blocks():
        named = re.findall(r"`router=(\w+)`", block.section)
        runs = block.kind == "python" and not block.reason and block.page not in TYPED
        if runs and router in (named or ["tenant"]):
            found.setdefault(block.page, []).append(block)
    return found


class AsCommented(ast.NodeTransformer):
    """A line that ends in ``# ACME`` must read from that alias, and ``# TenantRequired`` must raise it."""

    def __init__(self, source: str, aliases: set[str]) -> None:
        self.lines = source.splitlines()
        self.aliases = aliases

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        comment = self.lines[node.end_lineno - 1 if node.end_lineno else 0].partition("  # ")[2]
        word = (re.findall(r"\w+", comment) or [""])[0]
        if word in self.aliases or word in exceptions.__all__:
            name = ast.Name("_reads_from" if word in self.aliases else "_raises", ast.Load())
            empty = ast.parse("lambda: 0", mode="eval").body
            assert isinstance(empty, ast.Lambda)
            empty.body = node.value
            node.value = ast.Call(name, [ast.Constant(word), empty], [])
        return node


class CodeOfTheManual(TestCase):
    """Runs blocks in a site. They get the names that their page takes for granted."""

    def reads_from(self, alias: str, get: Callable[[], object]) -> None:
        with aliases_used() as used:
            self.evaluate(get)
        self.assertEqual(set(used), {alias})

    def evaluate(self, get: Callable[[], object]) -> None:
        got = get()
        if isinstance(got, QuerySet):
            list(got)

    def raises(self, name: str, get: Callable[[], object]) -> None:
        with self.assertRaises(getattr(exceptions, name)):
            self.evaluate(get)

    def in_a_request(self, work: Callable[[], None]) -> None:
        """With GET: it reads replicas until it writes."""
        ReadYourWrites(lambda request: HttpResponse(str(work())))(RequestFactory().get("/"))

    def run_blocks(self, found: list[Block], given: dict[str, Any]) -> None:
        """They follow one another in a module of ``my_project``, whose other modules have what is given."""
        names = {
            **given,
            "__name__": "engine.site.notes.page",
            "__package__": "my_project.app",
            "_reads_from": self.reads_from,
            "_raises": self.raises,
        }
        parts = ("", ".app", ".app.models", ".users", ".users.models")
        modules = {f"my_project{part}": ModuleType("part") for part in parts}
        for module in modules.values():
            vars(module).update(given)
        site = admin.AdminSite()
        with (
            isolate_apps("engine.site.notes"),
            patch.dict("sys.modules", modules),
            patch.object(admin, "site", site),
            patch.object(admin.sites, "site", site),
        ):
            for block in found:
                with self.subTest(str(block)):
                    names.update(given)  # a model that a block declares has no table
                    self.run_block(block, names)

    def run_block(self, block: Block, names: dict[str, Any]) -> None:
        tree = AsCommented(block.text, set(settings.DATABASES)).visit(ast.parse(block.text))
        exec(compile(ast.fix_missing_locations(tree), str(block), "exec"), names)
        if module := re.match(r"# my_project/(\w+)\.py\b", block.text):
            sys.modules[f"my_project.app.{module[1]}"] = ModuleType(module[1])
            vars(sys.modules[f"my_project.app.{module[1]}"]).update(names)
