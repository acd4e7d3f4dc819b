"""The apps of Django's and REST framework's tutorials, and a small one of invoices, in a project of tenants with replicas.

They are as a developer writes them who has not read the manual, save for what ``check`` asks for.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from ..commands import PROBES, manage, ruff, run

APPS = Path(__file__).parents[1] / "tutorials"
ANSWERS = {"router": "tenant", "database_engine": "postgresql"}
REST = """
REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 10,
}
"""


def add(project: Path, app: str, address: str) -> None:
    """``startapp``, and then what the tutorial has the developer write."""
    manage(project, "startapp", app)
    shutil.copytree(APPS / app, project / app, dirs_exist_ok=True)
    change(project / "my_project/settings/base.py", '    "my_project.users",\n', f'    "{app}",\n')
    place = f'    path("{address}", include("{app}.urls")),\n'
    change(project / "my_project/urls.py", '    path("admin/", admin.site.urls),\n', place)


def change(path: Path, after: str, added: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert after in text
    path.write_text(text.replace(after, after + added), encoding="utf-8")


@pytest.fixture
def tenants(project) -> Path:
    return Path(project(**ANSWERS))


def test_polls_and_invoices_are_built_tested_and_visited(tenants: Path, run_folder: Path) -> None:
    add(tenants, "polls", "polls/")
    run(tenants, "-m", "mypy", "--cache-dir", str(run_folder / "mypy"))
    add(tenants, "invoices", "invoices/")
    manage(tenants, "makemigrations")
    manage(tenants, "check", "--fail-level", "WARNING")
    ruff(tenants, "check")
    run(tenants, "-m", "pytest", "-q", "-p", "no:cacheprovider", "polls", "invoices")
    assert "OK" in manage(tenants, "test", "polls", "invoices").stderr
    manage(tenants, "bootstrap")
    env = {"DJANGO_SETTINGS_MODULE": "my_project.settings.development", "PYTHONPATH": "."}
    visited = run(tenants, str(PROBES / "tutorial_visits.py"), env=env)
    assert visited.stdout.strip() == "as in plain Django"


def test_what_would_go_wrong_is_said_before(tenants: Path) -> None:
    """Django's own queryset and transaction, in an app of tenants: the check names both, with what to write."""
    add(tenants, "invoices", "invoices/")
    models, views = tenants / "invoices/models.py", tenants / "invoices/views.py"
    models.write_text(models.read_text().replace("(TenantQuerySet)", "(models.QuerySet)"))
    views.write_text(
        views.read_text()
        .replace("tenant_atomic()", "transaction.atomic()")
        .replace("from manydb.tenants import tenant_atomic", "from django.db import transaction")
    )
    said = manage(tenants, "check", check=False).stderr
    assert "Derive InvoiceQuerySet from manydb.models.TenantQuerySet" in said
    assert "(manydb.W201)" in said and "Use tenant_atomic()" in said


@pytest.mark.skipif(not find_spec("rest_framework"), reason="djangorestframework is not installed")
def test_snippets_of_rest_framework(tenants: Path) -> None:
    add(tenants, "snippets", "api/")
    base = tenants / "my_project/settings/base.py"
    change(base, '    "my_project.users",\n', '    "rest_framework",\n')
    base.write_text(base.read_text() + REST)
    manage(tenants, "makemigrations")
    manage(tenants, "check")
    run(tenants, "-m", "pytest", "-q", "-p", "no:cacheprovider", "snippets")
