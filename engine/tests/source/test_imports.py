"""Imports of the engine go one way: an arrow that runs back up, or a circle, is found here."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import TestCase

import manydb

ENGINE = Path(manydb.__file__).parent

# Each room of the engine, and the rooms that it may import besides itself.
MAY_IMPORT = {
    "patches": {"core"},
    "core": {"patches"},
    "presets": {"core"},
    "parameters": {"core"},
    "backends": {"core"},
    "fleet": {"core", "patches", "parameters"},
    "replicas": {"core", "patches"},
    "legacy": {"core", "patches"},
    "tenants": {"core", "patches", "fleet", "replicas"},
}
ABOVE_ALL = {"testing", "contrib"}  # these may import every room, and no room imports them

# Values of settings, which Django imports: no arrow that runs back up.
SETTINGS = {("manydb.core.entries", "manydb.backends.read_only_sqlite")}

# What the engine imports besides the standard library. A missing optional package must break no more than the
# module that names it.
PACKAGES = {"django", "asgiref", "sqlparse"}
OPTIONAL_PACKAGES = {
    "MySQLdb",
    "auditlog",
    "boto3",
    "botocore",
    "celery",
    "cms",
    "dj_database_url",
    "django_tasks",
    "dotenv",
    "huey",
    "hvac",
    "markdown",
    "prometheus_client",
    "pytest",
    "psycopg",
    "requests",
    "rest_framework",
    "simple_history",
    "tqdm",
}

# Modules that import each other, with the reason why they may.
CIRCLES: dict[frozenset[str], str] = {
    frozenset({"manydb.tenants.budget", "manydb.tenants.connections"}): (
        "a connection asks the budget for room, and the budget closes connections"
    ),
}

# Names that several modules may have, because the place says which one is meant. Commands are exempt as well:
# users know their names.
TWINS = {
    "__init__",
    "admin",  # Django's words for parts of an app
    "apps",
    "management",
    "commands",
    "middleware",
    "migrations",
    "models",
    "base",  # of a database backend, as Django names it
    "exceptions",  # public at the top, defined in core
    "mysql",  # what differs between database servers
    "postgresql",
    "sqlite",
    "server",
    "freezing",
    "accounts",
}


@dataclass(frozen=True)
class Import:
    """``module`` imports ``target`` in this line."""

    module: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def parts_of(path: Path) -> tuple[str, ...]:
    parts = path.relative_to(ENGINE.parent).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


@cache
def modules() -> dict[str, Path]:
    """The path of each module of the engine, by its dotted name."""
    return {".".join(parts_of(path)): path for path in sorted(ENGINE.rglob("*.py"))}


def room(module: str) -> str:
    """``core`` of ``manydb.core.routing``; an empty string for the modules at the top."""
    path = ENGINE.parent.joinpath(*module.split(".")[:2])
    return path.name if path.is_dir() and path != ENGINE else ""


def imports_of(module: str) -> Iterator[Import]:
    """All imports of a module, in functions too, and strings that name a module to be imported later."""
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom():
                base = "." * node.level + (node.module or "")
                names = [f"{base}.{alias.name}" for alias in node.names]
                names = [name if name in modules() else base for name in names]
            case ast.Constant(value=str(text)) if text in modules() and text.count("."):
                names = [text]
            case _:
                continue
        for name in names:
            yield Import(module, name, node.lineno)


@cache
def imports() -> list[Import]:
    return [found for module in modules() for found in imports_of(module)]


def loaded_with(found: Import) -> set[str]:
    """The modules that Python runs for an import: the target, and packages that the module isn't part of."""
    parts = found.target.split(".")
    names = {".".join(parts[:length]) for length in range(2, len(parts) + 1)}
    return {name for name in names if not f"{found.module}.".startswith(f"{name}.")}


def circles(graph: dict[str, set[str]]) -> Iterator[frozenset[str]]:
    """Groups of modules each of which reaches the others (Tarjan's algorithm)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []

    def visit(module: str) -> Iterator[frozenset[str]]:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for target in sorted(graph[module]):
            if target not in order:
                yield from visit(target)
                lowest[module] = min(lowest[module], lowest[target])
            elif target in path:
                lowest[module] = min(lowest[module], order[target])
        if lowest[module] == order[module]:
            group = path[path.index(module) :]
            del path[path.index(module) :]
            if len(group) > 1:
                yield frozenset(group)

    for module in sorted(graph):
        if module not in order:
            yield from visit(module)


class ImportsGoOneWay(TestCase):
    def assertNone(self, found: Iterable[object], advice: str) -> None:
        listed = "\n".join(map(str, found))
        self.assertFalse(listed, f"{advice}\n{listed}")

    def test_no_room_imports_one_above_it(self) -> None:
        wrong = []
        for each in imports():
            here, there = room(each.module), room(each.target)
            ours = each.target.split(".")[0] == "manydb"
            if ours and here and here not in ABOVE_ALL and there != here:
                allowed = there in MAY_IMPORT[here] or (each.module, each.target) in SETTINGS
                wrong += [] if allowed else [each]
        self.assertNone(wrong, "Let the upper room register itself in core when its app is ready:")

    def test_every_room_is_known_here(self) -> None:
        rooms = {room(module) for module in modules()} - {""} - ABOVE_ALL
        self.assertLessEqual(rooms, set(MAY_IMPORT))

    def test_there_is_no_circle(self) -> None:
        graph: dict[str, set[str]] = defaultdict(set)
        for module in modules():
            graph[module] = set()
        for each in imports():
            graph[each.module] |= loaded_with(each) & set(modules())
        found = set(circles(graph))
        self.assertNone(
            (" ↔ ".join(sorted(circle)) for circle in found - set(CIRCLES)),
            "Move what both need into a module that imports neither:",
        )
        self.assertNone(set(CIRCLES) - found, "These circles are gone, so their reasons go too:")

    def test_modules_at_the_top_only_hand_names_on(self) -> None:
        wrong = []
        for module, path in modules().items():
            if room(module) or module == "manydb.apps":  # INSTALLED_APPS says "manydb"
                continue
            for node in ast.parse(path.read_text()).body:
                is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                is_name = isinstance(node, ast.Assign) and all(
                    isinstance(target, ast.Name) and target.id.startswith("__")
                    for target in node.targets
                )
                is_for_types = (
                    isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
                )
                is_import = isinstance(node, ast.Import | ast.ImportFrom)
                if not (is_text or is_name or is_for_types or is_import):
                    wrong.append(f"{module}:{node.lineno}")
        self.assertNone(wrong, "Define it in a room, and import it at the top:")

    def test_it_imports_no_project_and_no_package_that_is_not_listed(self) -> None:
        known = PACKAGES | OPTIONAL_PACKAGES | sys.stdlib_module_names | {"manydb"}
        wrong = [each for each in imports() if each.target.split(".")[0] not in known]
        self.assertNone(wrong, "The engine runs in any project; list a new dependency here:")

    def test_imports_are_absolute(self) -> None:
        wrong = [each for each in imports() if each.target.startswith(".")]
        self.assertNone(wrong, "Write the whole name, so that a reader sees which room it is in:")

    def test_what_it_imports_of_itself_exists(self) -> None:
        wrong = [
            each
            for each in imports()
            if each.target.startswith("manydb") and each.target not in modules()
        ]
        self.assertNone(wrong, "There is no such module:")


class OneNameOneModule(TestCase):
    def test_no_two_modules_have_one_name(self) -> None:
        by_name = defaultdict(list)
        for module in modules():
            *place, name = module.split(".")
            if place[-1:] != ["commands"]:
                by_name[name].append(module)
        twins = [found for name, found in by_name.items() if len(found) > 1 and name not in TWINS]
        self.assertFalse(twins, "A reader of a traceback would ask which one: rename one of them.")


class NoJinja(TestCase):
    def test_no_file_of_python_holds_an_answer(self) -> None:
        wrong = []
        for path in ENGINE.rglob("*.py"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if "{{" in line or "{%" in line:
                    wrong.append(f"{path.relative_to(ENGINE)}:{number}: {line.strip()}")
        self.assertFalse(wrong, "Ask the settings at run time:\n" + "\n".join(wrong))
