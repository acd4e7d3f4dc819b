"""The manual: its references are complete, its links lead somewhere, and its pages can be read."""

import ast
import re
import textwrap
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from unittest import TestCase

import manydb
from manydb.core.conf import SETTINGS
from manydb.core.findings import PAGES as PAGES_OF_CHECKS
from manydb.core.findings import Error

ENGINE = Path(manydb.__file__).parent
MANUAL = ENGINE / "docs"
PAGES = sorted(MANUAL.rglob("*.md"))

# The modules that an owner imports from.
PUBLIC = (
    "manydb",
    "manydb.admin",
    "manydb.models",
    "manydb.pages",
    "manydb.parameters",
    "manydb.replicas",
    "manydb.routers",
    "manydb.tenants",
    "manydb.testing",
)


def text_of(name: str) -> str:
    return (MANUAL / name).read_text(encoding="utf-8")


def first_cells(page: str) -> list[str]:
    """The names in code of the first column of a page's tables."""
    rows = [line.split("|")[1] for line in text_of(page).splitlines() if line.startswith("| `")]
    return [name for cell in rows for name in re.findall(r"`([^`]+)`", cell)]


def strings() -> Iterator[str]:
    for path in ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def ids_of_checks() -> list[str]:
    """Ids are written in whole, or as the key of a table of rules without their first word."""
    return sorted(
        {
            text if text.startswith("manydb.") else f"manydb.{text}"
            for text in strings()
            if re.fullmatch(r"(manydb\.)?[EW]\d{3}", text)
        }
    )


class References(TestCase):
    def test_settings(self) -> None:
        rows = [line for line in text_of("settings.md").splitlines() if "| `" in line]
        expected = [
            f"| `{name}` | `{setting.default!r}` | {setting.doc} |"
            for name, setting in SETTINGS.items()
        ]
        self.assertEqual(rows, expected)

    def test_checks(self) -> None:
        self.assertGreater(len(ids_of_checks()), 50)
        self.assertEqual(sorted(first_cells("reference/checks.md")), ids_of_checks())

    def test_each_check_names_its_page(self) -> None:
        numbers = [number for ids in PAGES_OF_CHECKS.values() for number in ids.split()]
        self.assertEqual(sorted(f"manydb.{number}" for number in numbers), ids_of_checks())
        for page in PAGES_OF_CHECKS:
            with self.subTest(page):
                self.assertTrue((MANUAL / page).is_file())
        found = Error("It is wrong.", hint="Mend it.", id="manydb.E014")
        self.assertEqual(found.hint, "Mend it. See manydb/docs/logs.md.")

    def test_no_check_makes_a_message_without_a_page(self) -> None:
        plain = re.compile(
            r"from django\.core\.checks import .*\b(Error|Warning)\b|checks\.(Error|Warning)\("
        )
        found = [
            path.name
            for path in ENGINE.rglob("*.py")
            if plain.search(path.read_text(encoding="utf-8"))
        ]
        self.assertEqual(found, [])

    def test_exceptions(self) -> None:
        names = import_module("manydb.exceptions").__all__
        self.assertEqual(sorted(first_cells("reference/exceptions.md")), sorted(names))

    def test_public_names(self) -> None:
        names = [f"{module}.{name}" for module in PUBLIC for name in import_module(module).__all__]
        self.assertEqual(sorted(first_cells("reference/public-names.md")), sorted(names))

    def test_loggers(self) -> None:
        """A module's own logger has its name; three loggers have names of their own."""
        own = {"manydb.request", "manydb.tenants.life", "manydb.commands"}
        named = {
            "manydb." + ".".join(path.relative_to(ENGINE).with_suffix("").parts)
            for path in ENGINE.rglob("*.py")
            if "getLogger(__name__)" in path.read_text(encoding="utf-8")
        }
        self.assertEqual(set(first_cells("reference/signals-and-logs.md")), named | own)

    def test_signals(self) -> None:
        made = [
            node.targets[0].id
            for path in ENGINE.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            if ast.unparse(node.value) == "Signal()"
        ]
        text = text_of("reference/signals-and-logs.md")
        self.assertEqual(made, re.findall(r"`manydb[\w.]*\.(\w+)` is a signal", text))

    def test_http(self) -> None:
        """Statuses and headers that the code names, and no others; 200 and 404 are Django's own."""
        statuses: set[str] = set()
        headers: set[str] = set()
        for path in ENGINE.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            statuses |= set(re.findall(r"\bstatus=(\d+)", text))
            headers |= set(re.findall(r'"([A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+)"', text))
        text = text_of("reference/http.md")
        answered = re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE)
        self.assertEqual(
            {status for cell in answered for status in cell.split(", ")}, statuses | {"200", "404"}
        )
        shown = set(re.findall(r"`([A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+)", text))
        self.assertEqual(shown, headers - {"X-Tenant"})  # an example of TENANT_HEADER

    def test_commands(self) -> None:
        """Those that take the place of a command of Django's are in the page of these."""
        files = ENGINE.glob("*/management/commands/[a-z]*.py")
        commands = {path.stem for path in files} - set(first_cells("commands.md"))
        self.assertGreater(len(commands), 15)
        self.assertEqual(sorted(first_cells("reference/commands.md")), sorted(commands))


def code(page: Path) -> list[str]:
    """The Python blocks of a page."""
    blocks = re.findall(
        r"^ *```python\n(.*?)^ *```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return [textwrap.dedent(block) for block in blocks]


class Code(TestCase):
    """Python of the pages that no test runs can at least be imported: manydb has these names."""

    def test_it_is_python_and_imports_what_there_is(self) -> None:
        imported = 0
        public = text_of("reference/public-names.md")
        for page in PAGES:
            for block in code(page):
                for node in ast.walk(ast.parse(block)):
                    if not isinstance(node, ast.ImportFrom) or not str(node.module).startswith(
                        "manydb"
                    ):
                        continue
                    imported += 1
                    with self.subTest(page=page.name, module=node.module):
                        spec = find_spec(str(node.module))
                        assert spec and spec.origin, node.module
                        source = Path(spec.origin).read_text(encoding="utf-8")
                        for name in node.names:
                            self.assertRegex(source, rf"\b{name.name}\b")
                            dotted = f"`{node.module}.{name.name}`"
                            self.assertIn(dotted, public, "Is it public?")
        self.assertGreater(imported, 20)

    def test_a_page_that_uses_what_only_some_projects_have_says_so(self) -> None:
        """A project without tenants has no folder manydb/tenants."""
        for page in PAGES:
            uses = any("from manydb.tenants" in block for block in code(page))
            if uses and page.name != "existing_project.md":
                with self.subTest(page=page.name):
                    self.assertIn("`router=tenant`", page.read_text(encoding="utf-8"))


class Pages(TestCase):
    def test_the_index_leads_to_each(self) -> None:
        linked = set(re.findall(r"\]\(([^)#]+\.md)\)", text_of("README.md")))
        pages = {path.relative_to(MANUAL).as_posix() for path in PAGES} - {"README.md"}
        self.assertEqual(linked, pages)

    def test_links_and_anchors_lead_somewhere(self) -> None:
        broken = []
        for page in PAGES:
            text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
            for path, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
                target = (page.parent / path).resolve() if path else page
                if not target.is_file() or (anchor and anchor not in anchors(target)):
                    broken.append(f"{page.relative_to(MANUAL)}: {path}#{anchor}")
        self.assertEqual(broken, [])

    def test_none_is_longer_than_two_screens(self) -> None:
        lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in PAGES}
        self.assertEqual({name: n for name, n in lengths.items() if n > 120}, {})

    def test_a_page_that_needs_an_answer_begins_with_it(self) -> None:
        tenants = [path for path in PAGES if path.parent.name == "tenants"]
        self.assertGreater(len(tenants), 3)
        for path in tenants:
            with self.subTest(page=path.name):
                third = path.read_text(encoding="utf-8").splitlines()[2]
                self.assertTrue(third.startswith("Needs `router=tenant`"), third)
