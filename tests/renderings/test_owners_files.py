"""What a project's owner receives: how much, how it reads, and which names of the engine it uses."""

import ast
import re
import runpy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..commands import run
from ..rendering import ALTERNATIVES, ROOT, name_of

SIZE = runpy.run_path(str(ROOT / "scripts/size"))
BOUNDS = SIZE["BOUNDS"]

# Modules of the engine that code of an owner may import. Settings and URLs also name others, as strings.
PUBLIC = re.compile(
    r"manydb(\.(admin|exceptions|models|pages|parameters|routers|testing|testing\.pytest_plugin"
    r"|presets(\.\w+)?|(replicas|tenants)(\.middleware)?))?"
)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_project_is_no_larger_than_it_should_be(rendered, tmp_path: Path, name: str):
    answers, bounds = BOUNDS[name]
    project = Path(shutil.copytree(rendered(**answers), tmp_path / "my_project"))
    size = SIZE["size_of"](project)
    assert all(found <= bound for found, bound in zip(size, bounds, strict=True)), (size, bounds)


def engine_modules_imported_by(project: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(project.rglob("*.py")):
        if "manydb" in path.relative_to(project).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                if name.split(".")[0] == "manydb":
                    yield path.relative_to(project).as_posix(), name


@pytest.mark.parametrize("router", ALTERNATIVES["router"])
def test_it_imports_public_names_of_the_engine_only(rendered, router: str):
    found = list(engine_modules_imported_by(rendered(router=router)))
    assert len(found) > 10
    assert [each for each in found if not PUBLIC.fullmatch(each[1])] == []


@pytest.mark.parametrize("router", ALTERNATIVES["router"])
def test_its_router_is_one_class(rendered, router: str):
    source = (rendered(router=router) / "my_project/db_routers.py").read_text(encoding="utf-8")
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    names = {"simple": "DBRouter", "replica": "ReplicaRouter", "tenant": "TenantRouter"}
    assert [each.name for each in classes] == [names[router]]


STAR = """
from importlib import import_module
for name in ("base", "development", "testing", "production"):
    module = f"my_project.settings.{name}"
    ours = {}
    exec(f"from {module} import *", ours)
    settings = {key for key in vars(import_module(module)) if key.isupper()}
    assert {"INSTALLED_APPS", "ROOT_URLCONF"} <= settings, name
    assert name == "base" or "DATABASES" in settings, name
    assert settings <= set(ours), name
print("all")
"""


@pytest.mark.parametrize("router", ALTERNATIVES["router"])
def test_each_settings_module_can_be_built_on(rendered, router: str):
    project = rendered(router=router)
    names = ("DATABASE_HOST", "DATABASE_USER", "DATABASE_PASSWORD", "BASE_DOMAIN", "SECRET_KEY")
    # The engine of the project needs a driver here only when it connects.
    done = run(project, "-c", STAR, env={**dict.fromkeys(names, "x"), "DATABASE_HOST": ""})
    assert done.stdout == "all\n"


@pytest.mark.parametrize("name", BOUNDS)
def test_its_readme_fits_on_two_screens_and_its_links_lead_somewhere(rendered, name: str):
    project = rendered(**BOUNDS[name][0])
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 100
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", readme)
    assert len(linked) > 5
    assert [link for link in linked if not (project / link).exists()] == []


def test_the_manuals_links_lead_somewhere():
    manual = ROOT / "{{cookiecutter.project_slug}}/manydb/docs"
    pages = sorted(manual.rglob("*.md"))
    broken = [
        (page.name, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert len(pages) > 10
    assert broken == []


def test_few_lines_of_the_template_are_conditions():
    folders = [ROOT / "templates", ROOT / "{{cookiecutter.project_slug}}"]
    lines = [
        line
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not {"manydb", "__pycache__", ".ruff_cache"} & set(path.parts)
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    conditions = sum(len(re.findall(r"{%-?\s*(?:el)?if\b", line)) for line in lines)
    assert len(lines) > 3000
    assert conditions / len(lines) < 0.005, (conditions, len(lines))


TENANTLESS = [{"tenants": "", "router": router} for router in ALTERNATIVES["router"]]


@pytest.mark.parametrize("answers", TENANTLESS, ids=name_of)
def test_a_project_may_begin_without_tenants(rendered: Callable[..., Path], answers, tmp_path):
    project = Path(shutil.copytree(rendered(**answers), tmp_path / "my_project"))
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert "Open <http://localhost:8000/>. " in readme
    done = run(project, "manage.py", "bootstrap")
    assert "default: applied" in done.stdout
    listed = run(project, "manage.py", "databases", "--json").stdout
    assert '"tenant": "' not in listed
    run(project, "-m", "pytest", "-q", "tests/test_users.py", "tests/test_fixtures.py")
